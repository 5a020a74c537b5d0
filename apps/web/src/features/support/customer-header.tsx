"use client";

import { Headset } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Icon } from "../../ui/icon.tsx";
import { TypingDots } from "../../ui/typing-dots.tsx";
import type { ChatSnapshot } from "./customer-chat.ts";

/** What is known of the other side, most urgent first. */
function useStatusLine({ typing, connection, connectionSince, thread, workspace }: ChatSnapshot): string {
  const t = useTranslations("miniApp");
  const format = useFormatter();
  const time = (at: Date | number) => format.dateTime(at, { hour: "numeric", minute: "2-digit" });
  if (typing) return t("typing", { name: typing });
  if (connection === "offline") return t("noConnectionSince", { time: time(connectionSince) });
  const answer = thread?.messages.findLast((message) => message.kind === "agent");
  if (answer) {
    const at = new Date(answer.createdAt);
    const isToday = at.toDateString() === new Date().toDateString();
    const when = isToday ? time(at) : format.dateTime(at, { day: "numeric", month: "short" });
    return t("lastAnswer", { name: answer.author.name, when });
  }
  return workspace ?? "\u00a0";
}

/** @param children what can be done beside writing */
export function CustomerHeader({ chat, children }: { chat: ChatSnapshot; children?: ReactNode }) {
  const t = useTranslations("miniApp");
  const line = useStatusLine(chat);
  return (
    <header className="flex min-h-[52px] shrink-0 items-center gap-2.5 border-line border-b bg-surface-2 px-4 py-2">
      <span aria-hidden className="grid size-8 shrink-0 place-items-center rounded-full bg-surface-4 text-fg-2">
        <Icon of={Headset} />
      </span>
      <div className="min-w-0 flex-1">
        <h1 className="font-semibold text-[0.9375rem]/[18px]">{t("support")}</h1>
        <p className="flex items-center gap-1.5 text-13/[18px]">
          {chat.typing ? (
            <span className="text-accent-text">
              <TypingDots />
            </span>
          ) : null}
          <span className={chat.typing ? "truncate text-accent-text" : "truncate text-muted"} title={line}>
            {line}
          </span>
        </p>
      </div>
      {children}
    </header>
  );
}
