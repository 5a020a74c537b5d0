export const LOCALES = ["en", "ru"] as const;
export type Locale = (typeof LOCALES)[number];
/** Each language in its own words. */
export const LANGUAGE_NAMES = { en: "English", ru: "Русский" } as const satisfies Record<Locale, string>;
export const DEFAULT_LOCALE: Locale = "en";
/** Holds the chosen language; without it the browser's preference decides. */
export const LOCALE_COOKIE = "locale";

export function isLocale(value: string | undefined): value is Locale {
  return LOCALES.some((locale) => locale === value);
}

/** First supported language of an `Accept-Language` header, by weight. */
export function negotiateLocale(acceptLanguage: string | null): Locale {
  const wanted = (acceptLanguage ?? "")
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
      const weight = parameters.find((parameter) => parameter.trim().startsWith("q="));
      return { language: tag.split("-")[0], weight: weight ? Number(weight.trim().slice(2)) : 1 };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return wanted.map(({ language }) => language).find(isLocale) ?? DEFAULT_LOCALE;
}
