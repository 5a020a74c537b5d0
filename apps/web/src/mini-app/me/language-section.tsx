import { useTranslations } from "next-intl";
import { use } from "react";
import { isLocale, LANGUAGE_NAMES, LOCALES } from "../../i18n/locale.ts";
import { Select } from "../../ui/select.tsx";
import { LanguageContext } from "../language.ts";
import { Section } from "../live/parts.tsx";

/** What the page is written in. */
export function LanguageSection({ isInTelegram }: { isInTelegram: boolean }) {
  const t = useTranslations("miniApp.me");
  const { chosen, choose } = use(LanguageContext);
  const options = [
    { value: "", label: t(isInTelegram ? "asInTelegram" : "asInBrowser") },
    ...LOCALES.map((value) => ({ value, label: LANGUAGE_NAMES[value] })),
  ];
  return (
    <Section title={t("app")}>
      <div className="flex min-h-11 items-center justify-between gap-3 py-1 pr-3 pl-4">
        <span>{t("language")}</span>
        <Select
          label={t("language")}
          value={chosen ?? ""}
          options={options}
          onChange={(value) => choose(isLocale(value) ? value : null)}
        />
      </div>
    </Section>
  );
}
