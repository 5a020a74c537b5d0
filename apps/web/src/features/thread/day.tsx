"use client";

import { useFormatter, useTranslations } from "next-intl";

const DAY_MS = 86_400_000;

/** `2026-11-1` of an instant where the reader is. */
export function dayOf(instant: string | number): string {
  const date = new Date(instant);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** The line where a day begins. */
export function Day({ at }: { at: string }) {
  const t = useTranslations("message");
  const format = useFormatter();
  const label = () => {
    if (dayOf(at) === dayOf(Date.now())) return t("today");
    if (dayOf(at) === dayOf(Date.now() - DAY_MS)) return t("yesterday");
    const date = new Date(at);
    const isThisYear = date.getFullYear() === new Date().getFullYear();
    return format.dateTime(date, { day: "numeric", month: "long", year: isThisYear ? undefined : "numeric" });
  };
  return <li className="mt-3 mb-1 text-center text-13/4 text-muted">{label()}</li>;
}
