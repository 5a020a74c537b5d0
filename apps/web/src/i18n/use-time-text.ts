import { useLocale } from "next-intl";
import { useMemo } from "react";

/** The reader's own kind of the language: English is 10:42 in one country and 10:42 AM in another. */
export function regionOf(locale: string): string {
  return navigator.languages.find((language) => language.split("-")[0] === locale) ?? locale;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(locale: string): Intl.DateTimeFormat {
  const region = regionOf(locale);
  const format = clocks.get(region) ?? new Intl.DateTimeFormat(region, { hour: "numeric", minute: "2-digit" });
  clocks.set(region, format);
  return format;
}

/** The one clock of all screens: 15:38 or 3:38 PM, as the reader's region writes it. */
export function useClock(): (at: string | number | Date) => string {
  const locale = useLocale();
  return (at) => clockOf(locale).format(new Date(at));
}

const DAY_MS = 86_400_000;

/** Instants as people read them, in their own time zone, language and region. */
export function useTimeText() {
  const locale = useLocale();
  return useMemo(() => {
    const region = regionOf(locale);
    const formats = new Map<string, Intl.DateTimeFormat>();
    const write = (instant: string | number, options: Intl.DateTimeFormatOptions) => {
      const key = JSON.stringify(options);
      const format = formats.get(key) ?? new Intl.DateTimeFormat(region, options);
      formats.set(key, format);
      return format.format(new Date(instant));
    };
    const dayKey = new Intl.DateTimeFormat("sv", { dateStyle: "short" });
    const dayOf = (instant: string | number) => dayKey.format(new Date(instant));
    const daysAgo = (iso: string) => Math.round((Date.parse(dayOf(Date.now())) - Date.parse(dayOf(iso))) / DAY_MS);
    const clock = (iso: string | number) => clockOf(locale).format(new Date(iso));
    const isThisYear = (iso: string) => dayOf(iso).slice(0, 4) === dayOf(Date.now()).slice(0, 4);
    const date = (iso: string) =>
      write(iso, {
        day: "numeric",
        month: "short",
        year: isThisYear(iso) ? undefined : "numeric",
      });
    return {
      daysAgo,
      /** 10:42 */
      clock,
      /** 12 Nov, with the year when it is another. */
      date,
      /** The shortest that is still clear: 10:42, Tue, 12 Nov. */
      short: (iso: string) => {
        const days = daysAgo(iso);
        if (days === 0) return clock(iso);
        if (days > 0 && days < 7) return write(iso, { weekday: "short" });
        return date(iso);
      },
      /** Today only the time, else with the day. */
      moment: (iso: string) => (daysAgo(iso) === 0 ? clock(iso) : `${date(iso)}, ${clock(iso)}`),
      /** 10:42:07 today, else with the day: for what comes in quick succession. */
      exact: (iso: string) => {
        const options = { hour: "numeric", minute: "2-digit", second: "2-digit" } as const;
        return daysAgo(iso) === 0 ? write(iso, options) : `${date(iso)}, ${write(iso, options)}`;
      },
      /** Saturday, 1 November; with the year when it is another. */
      day: (iso: string) =>
        write(iso, {
          weekday: "long",
          day: "numeric",
          month: "long",
          year: isThisYear(iso) ? undefined : "numeric",
        }),
      /** All of it, for a title. */
      full: (iso: string) => write(iso, { dateStyle: "full", timeStyle: "medium" }),
    };
  }, [locale]);
}
