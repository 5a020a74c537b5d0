import { ChevronRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, use, useId, useState } from "react";
import { newId } from "../../features/thread/send-queue.ts";
import { isLocale, LANGUAGE_NAMES, LOCALES } from "../../i18n/locale.ts";
import { parseTheme, THEMES } from "../../theme/theme.ts";
import { useTheme } from "../../theme/use-theme.tsx";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { Select } from "../../ui/select.tsx";
import type { CustomerChat } from "../chat.ts";
import { chooseColors, chosenColors } from "../colors.ts";
import { LanguageContext } from "../language.ts";
import { Section } from "../live/parts.tsx";
import type { TelegramClient } from "../telegram/client.ts";

type AppSectionProps = { chat: CustomerChat; telegram: TelegramClient; onSupport: () => void };

/** What the page is written in and looks like, and what is stored of the customer. */
export function AppSection({ chat, telegram, onSupport }: AppSectionProps) {
  const t = useTranslations("miniApp.me");
  return (
    <Section title={t("app")}>
      <Language isInTelegram={telegram.hasButtons} />
      <Colors telegram={telegram} />
      <MyData {...{ chat, telegram, onSupport }} />
    </Section>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-h-11 items-center justify-between gap-3 border-line border-t py-1 pr-3 pl-4 first:border-t-0">
      <span>{name}</span>
      {children}
    </div>
  );
}

function Language({ isInTelegram }: { isInTelegram: boolean }) {
  const t = useTranslations("miniApp.me");
  const { chosen, choose } = use(LanguageContext);
  const options = [
    { value: "", label: t(isInTelegram ? "asInTelegram" : "asInBrowser") },
    ...LOCALES.map((value) => ({ value, label: LANGUAGE_NAMES[value] })),
  ];
  return (
    <Row name={t("language")}>
      <Select
        label={t("language")}
        value={chosen ?? ""}
        options={options}
        onChange={(value) => choose(isLocale(value) ? value : null)}
      />
    </Row>
  );
}

function Colors({ telegram }: { telegram: TelegramClient }) {
  const t = useTranslations("miniApp.me");
  const ofBrowser = useTheme().chosen;
  const [ofTelegram, setOfTelegram] = useState(chosenColors);
  const isInTelegram = telegram.hasButtons;
  const options = [
    { value: "", label: t(isInTelegram ? "coloursAsInTelegram" : "coloursAsInSystem") },
    ...THEMES.map((value) => ({ value, label: t(value) })),
  ];
  return (
    <Row name={t("colours")}>
      <Select
        label={t("colours")}
        value={(isInTelegram ? ofTelegram : ofBrowser) ?? ""}
        options={options}
        onChange={(value) => {
          const theme = parseTheme(value);
          setOfTelegram(theme);
          chooseColors(telegram, theme);
        }}
      />
    </Row>
  );
}

/** The team gives out and deletes what is stored, so that it is asked in the conversation. */
function MyData({ chat, telegram, onSupport }: AppSectionProps) {
  const t = useTranslations("miniApp.me");
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const ask = (message: "copyMessage" | "deletionMessage") => () => {
    telegram.haptic("tap");
    chat.sendQueue.write({ clientId: newId(), text: t(message), photos: [], createdAt: new Date().toISOString() });
    setOpen(false);
    onSupport();
  };
  return (
    <>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
        className="flex min-h-11 w-full items-center gap-2 border-line border-t px-4 text-left outline-offset-[-2px] active:bg-surface-3"
      >
        <span className="flex-1">{t("myData")}</span>
        <span className="text-muted">{t("myDataHint")}</span>
        <Icon of={ChevronRight} className={cx("text-muted", isOpen && "rotate-90")} />
      </button>
      <div id={id} hidden={!isOpen} className="px-4 pb-4">
        <p className="text-13/[18px] text-muted">{t("myDataNote")}</p>
        <div className="mt-3 flex flex-wrap gap-2">
          <Button size="touch" onClick={ask("copyMessage")}>
            {t("askCopy")}
          </Button>
          <Button size="touch" onClick={ask("deletionMessage")}>
            {t("askDeletion")}
          </Button>
        </div>
      </div>
    </>
  );
}
