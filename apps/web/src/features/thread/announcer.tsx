"use client";

import type { Message } from "@pult/api/support/schema.ts";
import { useTranslations } from "next-intl";
import { useRef } from "react";

type AnnouncerProps = { messages: readonly Message[]; isFromOther: (message: Message) => boolean };

/** Reads out what the other side writes while the thread is open. The list itself is silent, as scrolling changes it too. */
export function Announcer({ messages, isFromOther }: AnnouncerProps) {
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
