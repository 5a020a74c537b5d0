import { useFormatter, useTranslations } from "next-intl";
import { useRef } from "react";

const DAY_MS = 86_400_000;

/** `2026-11-1` of an instant where the reader is. */
export function dayOf(instant: string | number): string {
  const date = new Date(instant);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

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

type Heard = { id: number; text: string; photos: readonly unknown[]; author: { name: string } };

type AnnouncerProps<Message extends Heard> = {
  messages: readonly Message[];
  isFromOther: (message: Message) => boolean;
};

/** Reads out what the other side writes while the thread is open. The list itself is silent, as scrolling changes it too. */
export function Announcer<Message extends Heard>({ messages, isFromOther }: AnnouncerProps<Message>) {
  const t = useTranslations("message");
  const openedAt = useRef(messages.at(-1)?.id ?? 0);
  const last = messages.findLast(isFromOther);
  const text = () => {
    if (!last || last.id <= openedAt.current) return "";
    const name = last.author.name;
    return last.text
      ? t("announce", { name, text: last.text })
      : t("announcePhotos", { name, count: last.photos.length });
  };
  return (
    <p aria-live="polite" className="sr-only">
      {text()}
    </p>
  );
}
