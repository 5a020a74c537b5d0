"use client";

import { useTranslations } from "next-intl";
import { useRef } from "react";
import type { ThreadState } from "./thread-state.ts";

/** Reads out what customers write while the thread is open. The list itself is silent, as scrolling changes it too. */
export function Announcer({ thread }: { thread: ThreadState }) {
  const t = useTranslations("thread");
  const openedAt = useRef(thread.messages.at(-1)?.id ?? 0);
  const last = thread.messages.findLast((message) => message.kind === "customer");
  const isNew = last !== undefined && last.id > openedAt.current;
  const text = () => {
    if (!isNew) return "";
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
