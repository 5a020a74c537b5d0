"use client";

import type { TypingEvent } from "@pult/api/support/schema.ts";
import { useTranslations } from "next-intl";
import { useConnection } from "../../../trpc/connection.tsx";
import { TypingDots } from "../../../ui/typing-dots.tsx";
import type { PresentAgent } from "./presence.ts";
import { PresenceStrip } from "./presence-strip.tsx";

type TypingLineProps = { typing: readonly TypingEvent[]; agents: readonly PresentAgent[] };

/** Who types, and who else of the team is here. Keeps its height, so that nothing moves when somebody comes or goes. */
export function TypingLine({ typing, agents }: TypingLineProps) {
  const t = useTranslations("thread");
  const { phase } = useConnection();
  // Without a connection nobody knows who types; of a colleague who is here it is said beside his face.
  const isHeard = ({ actorId }: TypingEvent) => phase !== "offline" && !agents.some(({ id }) => id === actorId);
  const heard = typing.filter(isHeard);
  const [first] = heard;
  return (
    <div className="flex h-6 shrink-0 items-center gap-3 px-4 text-12 md:pr-4 md:pl-14">
      <p role="status" className="flex min-w-0 shrink-0 items-center gap-2 text-accent-text max-md:max-w-[50%]">
        {first ? (
          <>
            <TypingDots />
            <span dir="auto" className="truncate">
              {heard.length === 1 ? t("typingOne", { name: first.name }) : t("typingMany", { count: heard.length })}
            </span>
          </>
        ) : null}
      </p>
      <PresenceStrip agents={agents} />
    </div>
  );
}
