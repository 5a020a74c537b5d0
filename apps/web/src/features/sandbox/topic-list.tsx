"use client";

import { MessagesSquare, Send, Smartphone } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { Avatar } from "../../ui/avatar.tsx";
import { Badge } from "../../ui/badge.tsx";
import { cx } from "../../ui/cx.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Icon } from "../../ui/icon.tsx";
import type { TopicEntry } from "./group-lines.ts";

const CHANNEL_MARKS = { app: Smartphone, telegram: Send } as const;

type TopicListProps = {
  entries: readonly TopicEntry[];
  openId: number | null | undefined;
  onOpen: (threadId: number | null) => void;
};

function TopicRow({ entry, isOpen, onOpen }: { entry: TopicEntry; isOpen: boolean; onOpen: () => void }) {
  const t = useTranslations("sandbox");
  const format = useFormatter();
  const { last, name, unread } = entry;
  const text = last ? last.text || t("photos", { count: Math.max(1, last.photos.length) }) : t("noMessages");
  return (
    <button
      type="button"
      aria-current={isOpen ? "true" : undefined}
      onClick={onOpen}
      className={cx(
        "grid h-14 w-full grid-cols-[28px_minmax(0,1fr)_auto] items-center gap-2.5 border-line border-b pr-3 pl-4 text-left -outline-offset-2",
        isOpen ? "bg-accent-soft [--row-bg:var(--accent-soft)]" : "hover:bg-surface-2",
      )}
    >
      <Avatar name={name} size={28} />
      <span className="min-w-0">
        <span className="block truncate font-medium text-13/[18px]" title={name}>
          {name}
        </span>
        <span className="flex items-center gap-1 text-12/4 text-muted" title={text}>
          {entry.channel ? <Icon of={CHANNEL_MARKS[entry.channel]} size={12} /> : null}
          {entry.channel ? <span className="sr-only">{t(`channel.${entry.channel}`)}: </span> : null}
          <span className="truncate">{text}</span>
        </span>
      </span>
      <span className="flex h-full flex-col items-end gap-1 pt-2.5">
        <span className="num text-11 text-muted">
          {last ? format.dateTime(new Date(last.message.sentAt), { hour: "numeric", minute: "2-digit" }) : ""}
        </span>
        {unread > 0 ? (
          <>
            <Badge count={unread} />
            <span className="sr-only">{t("unread", { count: unread })}</span>
          </>
        ) : null}
      </span>
    </button>
  );
}

export function TopicList({ entries, openId, onOpen }: TopicListProps) {
  const t = useTranslations("sandbox");
  if (entries.length === 0) return <EmptyState icon={MessagesSquare} title={t("noTopics")} hint={t("noTopicsHint")} />;
  return (
    <ul aria-label={t("topics")} className="scroll-pane h-full">
      {entries.map((entry) => (
        <li key={String(entry.threadId)}>
          <TopicRow entry={entry} isOpen={entry.threadId === openId} onOpen={() => onOpen(entry.threadId)} />
        </li>
      ))}
    </ul>
  );
}
