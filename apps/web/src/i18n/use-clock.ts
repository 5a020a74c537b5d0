import { useLocale } from "next-intl";

/** The reader's own kind of the language: English is 10:42 in one country and 10:42 AM in another. */
export function regionOf(locale: string): string {
  return navigator.languages.find((language) => language.split("-")[0] === locale) ?? locale;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(locale: string): Intl.DateTimeFormat {
  const region = regionOf(locale);
  const format = formats.get(region) ?? new Intl.DateTimeFormat(region, { hour: "numeric", minute: "2-digit" });
  formats.set(region, format);
  return format;
}

/** The one clock of all screens: 15:38 or 3:38 PM, as the reader's region writes it. */
export function useClock(): (at: string | number | Date) => string {
  const locale = useLocale();
  return (at) => formatOf(locale).format(new Date(at));
}
