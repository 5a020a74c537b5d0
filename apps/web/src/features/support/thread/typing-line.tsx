"use client";

import type { TypingEvent } from "@pult/api/support/schema.ts";
import { useTranslations } from "next-intl";
import { TypingDots } from "../../../ui/typing-dots.tsx";

/** Keeps its height, so that nothing moves when somebody starts or stops. */
export function TypingLine({ typing }: { typing: readonly TypingEvent[] }) {
  const t = useTranslations("thread");
  const [first] = typing;
  return (
    <p role="status" className="flex h-5 shrink-0 items-center gap-2 px-12 text-12 text-accent-text md:px-14">
      {first ? (
        <>
          <TypingDots />
          <span dir="auto" className="truncate">
            {typing.length === 1 ? t("typingOne", { name: first.name }) : t("typingMany", { count: typing.length })}
          </span>
        </>
      ) : null}
    </p>
  );
}
