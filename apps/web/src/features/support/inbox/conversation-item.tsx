import type { Channel, ConversationRow } from "@pult/api/support/schema.ts";
import { Camera, Clock3, Hourglass, type LucideIcon, Send, Smartphone } from "lucide-react";
import { useTranslations } from "next-intl";
import type { MouseEvent } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Avatar } from "../../../ui/avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { Badge, TypingDots } from "../../../ui/marks.tsx";
import { useAttachmentName } from "../../thread/attachment-name.ts";
import { useDesk } from "../desk-provider.tsx";

/** The second line of a row: what was said last, and by whom when it was not the customer. */
function useLastText() {
  const t = useTranslations("inbox");
  const { agent } = useDesk();
  const nameOf = useAttachmentName();
  return ({ lastMessage }: ConversationRow): string => {
    if (!lastMessage) return t("noMessages");
    const { kind, photoCount, author } = lastMessage;
    const words = lastMessage.text.replace(/\s+/g, " ").trim();
    const photo = photoCount > 0 ? t("photo", { count: photoCount }) : "";
    const shown = photo || (lastMessage.attachment ? nameOf(lastMessage.attachment) : "");
    const text = shown && words ? t("photoWithText", { photo: shown, text: words }) : shown || words;
    if (kind === "note") return t("lastNote", { text });
    if (kind !== "agent") return text;
    return author === agent.name ? t("lastOwn", { text }) : t("lastBy", { author, text });
  };
}

const CHANNEL_ICONS: Record<Channel, LucideIcon> = { app: Smartphone, telegram: Send, instagram: Camera };

type ConversationItemProps = {
  row: ConversationRow;
  href: string;
  isOpen: boolean;
  isTyping: boolean;
  onOpen: (id: number) => void;
};

/** Third line: the state when it is not plainly open, and whose it is. */
function Meta({ row }: { row: ConversationRow }) {
  const t = useTranslations("inbox");
  const time = useTimeText();
  return (
    <span className="flex h-4 min-w-0 items-center gap-2 text-11 text-muted">
      <span className={row.status === "open" || row.status === "resolved" ? "truncate" : "sr-only"}>
        {t(`channel.${row.channel}`)}
      </span>
      {row.status === "pending" ? (
        <span className="flex min-w-0 items-center gap-1">
          <Icon of={Hourglass} size={12} />
          <span className="truncate">{t("pendingRow")}</span>
        </span>
      ) : null}
      {row.status === "snoozed" && row.snoozedUntil ? (
        <span className="num flex min-w-0 items-center gap-1">
          <Icon of={Clock3} size={12} />
          <span className="truncate">{t("snoozedUntil", { time: time.moment(row.snoozedUntil) })}</span>
        </span>
      ) : null}
      <span className="ml-auto max-w-[45%] shrink-0 truncate">{row.assignee?.name ?? t("unassignedRow")}</span>
    </span>
  );
}

/** A row of the list, 72 px, 76 where fingers press. A real link, so that it opens in a new tab like any other. */
export function ConversationItem({ row, href, isOpen, isTyping, onOpen }: ConversationItemProps) {
  const t = useTranslations("inbox");
  const time = useTimeText();
  const lastText = useLastText()(row);
  const isUnread = row.unreadCount > 0;
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen(row.id);
  };
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
      <Avatar
        name={row.customer.name}
        mark={CHANNEL_ICONS[row.channel]}
        online={row.customer.online}
        className="mt-px"
      />
      <span className="flex min-w-0 flex-col">
        <span className="flex h-5 items-center gap-1.5">
          <span
            dir="auto"
            title={row.customer.name}
            className={cx("truncate", isUnread ? "font-semibold" : "font-medium")}
          >
            {row.customer.name}
          </span>
          {row.customer.online ? <span className="sr-only">{t("online")}</span> : null}
          <time
            dateTime={row.lastActivityAt}
            title={time.full(row.lastActivityAt)}
            className="num ml-auto shrink-0 text-11 text-muted"
          >
            {time.short(row.lastActivityAt)}
          </time>
        </span>
        <span className="flex h-5 items-center gap-1.5">
          {isTyping ? (
            <span className="flex flex-1 items-center gap-1 text-accent-text">
              <TypingDots />
              {t("typing")}
            </span>
          ) : (
            <span dir="auto" className={cx("flex-1 truncate", isUnread ? "text-fg-2" : "text-muted")}>
              {lastText}
            </span>
          )}
          {isUnread ? (
            <>
              <Badge count={row.unreadCount} />
              <span className="sr-only">{t("unread", { count: row.unreadCount })}</span>
            </>
          ) : null}
        </span>
        <Meta row={row} />
      </span>
    </a>
  );
}
