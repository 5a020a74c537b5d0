import type { LucideIcon } from "lucide-react";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { LANGUAGE_NAMES, LOCALES } from "../../../i18n/locale.ts";
import { useLocaleSwitch } from "../../../i18n/use-locale-switch.ts";
import { ThemeButton } from "../../../theme/use-theme.tsx";
import { ApiProvider } from "../../../trpc/provider.tsx";
import { BrandMark } from "../../../ui/brand.tsx";
import { buttonClass } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { TipLayer } from "../../../ui/tip-layer.tsx";
import { useBrowserValue } from "../../../ui/use-browser.ts";

const LANGUAGES = LOCALES.map((locale) => ({ value: locale, label: LANGUAGE_NAMES[locale], lang: locale }));

function LanguageSwitch() {
  const t = useTranslations("preferences");
  const locale = useLocale();
  const switchTo = useLocaleSwitch();
  return <Segmented label={t("language")} value={locale} options={LANGUAGES} onChange={switchTo} />;
}

const stay = () => {};

/** The frame of pages before sign-in: sign-in itself, and pages that a link opens. */
export function SignedOutFrame({ title, children }: { title: string; children: ReactNode }) {
  // Which installation this is; the server does not know by what name it is reached.
  const host = useBrowserValue(() => location.host, "\u00a0");
  return (
    <ApiProvider onSignedOut={stay}>
      <div className="grid min-h-dvh grid-rows-[56px_1fr_56px] bg-canvas [--color-surface-3:var(--color-surface-4)]">
        <header className="flex items-center justify-end gap-2 px-4 md:px-6">
          <LanguageSwitch />
          <ThemeButton />
        </header>
        <main className="grid grid-cols-[minmax(0,1fr)] place-items-center px-4 pt-6 pb-12">
          <div className="w-[368px] max-w-full">
            <div className="mb-6 flex items-center gap-2.5">
              <BrandMark large />
              <div className="min-w-0">
                <h1 className="font-semibold text-20/6">{title}</h1>
                <p className="truncate text-muted">{host}</p>
              </div>
            </div>
            {children}
          </div>
        </main>
      </div>
      <TipLayer />
    </ApiProvider>
  );
}

/** The box in the middle of such a page. */
export const cardClass = "flex flex-col gap-4 rounded-3 border border-line bg-surface p-6";

type NoticeCardProps = { icon: LucideIcon; title: string; role: "status" | "alert"; text: string; children: ReactNode };

/** In the place of a form: what is so, and the way on. */
export function NoticeCard({ icon, title, role, text, children }: NoticeCardProps) {
  return (
    <div role={role} className={cardClass}>
      <p className="flex items-center gap-2 font-semibold text-14">
        <Icon of={icon} className="text-muted" />
        {title}
      </p>
      <p className="text-fg-2">{text}</p>
      {children}
    </div>
  );
}

export function BackToSignIn() {
  const t = useTranslations("link");
  return (
    <Link href="/sign-in" prefetch={false} className={`${buttonClass({ size: "lg" })} w-full`}>
      {t("toSignIn")}
    </Link>
  );
}
