import { isLocale, type Locale } from "../i18n/locale.ts";

/** `ru-RU` is `ru`; null for a language we do not speak. */
export function localeOf(languageCode: string | null): Locale | null {
  const language = languageCode?.toLowerCase().split(/[-_]/)[0];
  return isLocale(language) ? language : null;
}
