import type { Notice, NoticeEvent, NoticesPage } from "@pult/api/notices/schema.ts";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { useTimeText } from "../../i18n/use-time-text.ts";
import { followPersistently } from "../../trpc/follow.ts";
import { Reading } from "../../trpc/reading.ts";
import { cx } from "../../ui/cx.ts";
import type { CustomerChat } from "../chat.ts";
import { type Destination, destinationOf } from "../telegram/launch.ts";
import { Section } from "./parts.tsx";

const MAX_SHOWN = 20;

/** The newest of what the customer was told, with what has changed of it. */
export function withChanged(notices: readonly Notice[], changed: readonly Notice[]): Notice[] {
  const known = new Map([...notices, ...changed].map((notice) => [notice.id, notice]));
  return [...known.values()]
    .filter(({ archivedAt, snoozedUntil }) => archivedAt === null && snoozedUntil === null)
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || b.id - a.id)
    .slice(0, MAX_SHOWN);
}

/** Followed on the connection of the conversation, from when the list is first there. */
function useNotices(chat: CustomerChat) {
  const locale = useLocale();
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  useEffect(() => {
    const reading = new Reading<readonly Notice[]>();
    return chat.follow(({ notifications: { inbox, onInbox } }) =>
      followPersistently<NoticeEvent, NoticesPage>(
        (input, listeners) => onInbox.subscribe({ ...input, locale }, listeners),
        {
          onEvent({ notices: changed }) {
            reading.hear(changed);
            setNotices((known) => withChanged(known, changed));
          },
          onPosition(snapshot) {
            reading.drop();
            if (snapshot) return setNotices(snapshot.notices);
            // What cannot be read now is read with the next sign-in; the rest of the page says that something is wrong.
            reading
              .read(() => chat.withSession(() => inbox.list.query({ locale, limit: MAX_SHOWN })))
              .then(
                (read) => read && setNotices(read.heard.reduce<readonly Notice[]>(withChanged, read.answer.notices)),
              )
              .catch(() => {});
          },
          onRefused: () => {},
        },
      ),
    );
  }, [chat, locale]);
  return { notices, setNotices };
}

type NoticeListProps = { chat: CustomerChat; onOpen: (destination: Destination) => void };

/** What the customer was told, newest first; nothing until there is something. */
export function NoticeList({ chat, onOpen }: NoticeListProps) {
  const t = useTranslations("miniApp.live");
  const time = useTimeText();
  const { notices, setNotices } = useNotices(chat);
  if (notices.length === 0) return null;
  const unread = notices.filter(({ readAt }) => readAt === null);
  const read = (them: readonly Notice[]) => {
    if (them.length === 0) return;
    const marked: readonly Notice[] = them.map((one) => ({ ...one, readAt: new Date().toISOString() }));
    setNotices((known) => withChanged(known, marked));
    const ids = them.map(({ id }) => id);
    chat
      .withSession((api) => api.notifications.inbox.markRead.mutate({ ids }))
      // What was heard of one since stays.
      .catch(() => setNotices((known) => known.map((one) => them[marked.indexOf(one)] ?? one)));
  };
  return (
    <Section title={t("notices")}>
      <ul>
        {notices.map((notice) => (
          <li key={notice.id} className="border-line border-t first:border-t-0">
            <button
              type="button"
              onClick={() => {
                if (notice.readAt === null) read([notice]);
                onOpen(destinationOf(notice.target));
              }}
              className="grid w-full grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-3 px-4 py-[11px] text-left outline-offset-[-2px] active:bg-surface-3"
            >
              <span className={cx("truncate", notice.readAt === null && "font-semibold")}>{notice.title}</span>
              <span className="flex items-center gap-1.5 text-13/[18px] text-muted">
                <time dateTime={notice.at} className="num">
                  {time.short(notice.at)}
                </time>
                {notice.readAt === null ? (
                  <span className="size-2 rounded-full bg-accent">
                    <span className="sr-only">{t("unread")}</span>
                  </span>
                ) : null}
              </span>
              <span className="col-span-2 truncate text-13/[18px] text-muted">{notice.body}</span>
            </button>
          </li>
        ))}
      </ul>
      {unread.length > 0 ? (
        <button
          type="button"
          onClick={() => read(unread)}
          className="min-h-11 w-full border-line border-t px-4 font-medium text-accent-text outline-offset-[-2px] active:bg-surface-3"
        >
          {t("markAllRead")}
        </button>
      ) : null}
    </Section>
  );
}
