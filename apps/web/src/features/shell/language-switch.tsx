"use client";

import { useLocale, useTranslations } from "next-intl";
import type { Locale } from "../../i18n/locale.ts";
import { useLocaleSwitch } from "../../i18n/use-locale-switch.ts";
import { Segmented } from "../../ui/segmented.tsx";

/** Each language in its own words. */
const OPTIONS = [
  { value: "en", label: "English", lang: "en" },
  { value: "ru", label: "Русский", lang: "ru" },
] as const satisfies { value: Locale; label: string; lang: string }[];

export function LanguageSwitch({ className }: { className?: string }) {
  const t = useTranslations("preferences");
  const locale = useLocale();
  const { switchTo } = useLocaleSwitch();
  return <Segmented label={t("language")} value={locale} options={OPTIONS} onChange={switchTo} className={className} />;
}
