import type { Chat } from "@pult/api/chats/schema.ts";
import { BellOff, Bot, Link2, type LucideIcon, Megaphone, Pin, UsersRound } from "lucide-react";
import { useTranslations } from "next-intl";
import type { MouseEvent } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Avatar } from "../../../ui/avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { Badge } from "../../../ui/marks.tsx";
import { useLastLine } from "./chat-text.ts";

const MARKS: Partial<Record<Chat["type"], LucideIcon>> = {
  bot: Bot,
  group: UsersRound,
  supergroup: UsersRound,
  channel: Megaphone,
};

type ChatRowProps = { chat: Chat; draft: string; href: string; isOpen: boolean; onOpen: (chatId: string) => void };

/** Third line: what it is tied to, or what kind of chat it is. */
function Meta({ chat }: { chat: Chat }) {
  const t = useTranslations("chats");
  const { associations, type, memberCount, canSend } = chat;
  const [first] = associations;
  return (
    <span className="flex h-4 min-w-0 items-center gap-1.5 text-11 text-muted">
      {first ? (
        <>
          <Icon of={Link2} size={12} />
          <span className="min-w-0 flex-1 truncate">
            {first.entity?.title ?? first.crmEntityType}
            {associations.length > 1 ? ` + ${associations.length - 1}` : null}
          </span>
        </>
      ) : (
        <span className="min-w-0 flex-1 truncate">{canSend ? t(`type.${type}`) : t("list.readOnly")}</span>
      )}
      {memberCount === null ? null : (
        <span className="num shrink-0">{t(type === "channel" ? "readers" : "members", { count: memberCount })}</span>
      )}
    </span>
  );
}

/** A row of the list, 72 px, 76 where fingers press. A real link, so that it opens in a new tab like any other. */
export function ChatRow({ chat, draft, href, isOpen, onOpen }: ChatRowProps) {
  const t = useTranslations("chats.list");
  const time = useTimeText();
  const lastLine = useLastLine()(chat, draft);
  const { unreadCount, lastMessage, title } = chat;
  const isUnread = unreadCount > 0;
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen(chat.id);
  };
  const mark = MARKS[chat.type];
  return (
    <a
      href={href}
      onClick={open}
      aria-current={isOpen ? "true" : undefined}
      className={cx(
        "relative grid h-full grid-cols-[36px_minmax(0,1fr)] content-center gap-x-3 border-line border-b pr-3 pl-4",
        "-outline-offset-2 [--row-bg:var(--color-surface)] hover:bg-surface-2 hover:[--row-bg:var(--color-surface-2)]",
        "aria-[current]:bg-accent-soft aria-[current]:[--row-bg:var(--color-accent-soft)]",
        isOpen && "before:absolute before:inset-y-0 before:left-0 before:w-0.5 before:bg-accent",
      )}
    >
      <Avatar name={title} className="mt-px" {...(mark ? { mark } : {})} />
      <span className="flex min-w-0 flex-col">
        <span className="flex h-5 items-center gap-1.5">
          <span dir="auto" title={title} className={cx("truncate", isUnread ? "font-semibold" : "font-medium")}>
            {title}
          </span>
          {chat.isMuted ? (
            <span title={t("muted")} className="text-muted">
              <Icon of={BellOff} size={12} />
              <span className="sr-only">{t("muted")}</span>
            </span>
          ) : null}
          {lastMessage ? (
            <time
              dateTime={lastMessage.date}
              title={time.full(lastMessage.date)}
              className="num ml-auto shrink-0 text-11 text-muted"
            >
              {time.short(lastMessage.date)}
            </time>
          ) : null}
        </span>
        <span className="flex h-5 items-center gap-1.5">
          <span dir="auto" className={cx("flex-1 truncate", isUnread ? "text-fg-2" : "text-muted")}>
            {lastLine}
          </span>
          {isUnread ? (
            <>
              <Badge count={unreadCount} quiet={chat.isMuted} />
              <span className="sr-only">{t("unread", { count: unreadCount })}</span>
            </>
          ) : chat.isPinned ? (
            <span title={t("pinned")} className="text-muted">
              <Icon of={Pin} size={12} />
              <span className="sr-only">{t("pinned")}</span>
            </span>
          ) : null}
        </span>
        <Meta chat={chat} />
      </span>
    </a>
  );
}
