"use client";

import type { Message } from "@pult/api/support/schema.ts";
import { useTranslations } from "next-intl";
import { useTimeText } from "../use-time-text.ts";

/** What somebody did with the conversation, between the messages. */
export function EventLine({ message }: { message: Message }) {
  const t = useTranslations("thread.event");
  const time = useTimeText();
  const { change, author } = message;
  if (!change) return null;
  const actor = author.name;
  const what = () => {
    if (change.type === "assigned") {
      if (change.assignee === null) return t("unassigned", { actor });
      return change.assignee === actor
        ? t("assignedSelf", { actor })
        : t("assigned", { actor, assignee: change.assignee });
    }
    const until = change.snoozedUntil ? time.moment(change.snoozedUntil) : "";
    return t(change.status, { actor, time: until });
  };
  return (
    <p className="px-3 pt-1 pb-2 text-center text-12 text-muted md:px-5">
      {t("line", { what: what(), time: time.clock(message.createdAt) })}
    </p>
  );
}
