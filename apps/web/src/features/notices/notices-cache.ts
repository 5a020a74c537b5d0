import { covers } from "@pult/api/connection/sync-tracker.ts";
import type { Notice, NoticeCounts } from "@pult/api/notices/schema.ts";
import type { QueryClient } from "@tanstack/react-query";
import { mapRows, type Order, type Pages, putRow, rowsOf } from "../notifications/pages.ts";
import { noticeCounts } from "./bell-state.ts";

export const NOTICE_STATES = ["open", "unread", "snoozed", "archived"] as const;
export type NoticeState = (typeof NOTICE_STATES)[number];
export type NoticePages = Pages<Notice, string>;

export const NOTICES_KEY = ["notices"];
export const noticesKey = (state: NoticeState) => [...NOTICES_KEY, state];

const ORDER: Order<Notice> = {
  idOf: ({ id }) => id,
  compare: (a, b) => Date.parse(b.at) - Date.parse(a.at) || b.id - a.id,
};

/** Whether a notice stands in a list at this instant, by the rule of `notifications.inbox.list`. */
export function belongsTo(state: NoticeState, notice: Notice, now: number): boolean {
  if (notice.archivedAt !== null) return state === "archived";
  const isSnoozed = notice.snoozedUntil !== null && Date.parse(notice.snoozedUntil) > now;
  if (isSnoozed) return state === "snoozed";
  return state === "open" || (state === "unread" && notice.readAt === null);
}

/** A list with a notice as it is now: where it belongs by its newest event, or without it. */
export function withNotice(data: NoticePages, state: NoticeState, notice: Notice): NoticePages {
  const pages = data.pages.map((page) => ({ ...page, rows: page.rows.filter(({ id }) => id !== notice.id) }));
  const without = { ...data, pages };
  if (!belongsTo(state, notice, Date.now())) return without;
  // In place, its page keeps its length: pages are cut by what they end with.
  const known = rowsOf(data).find(({ id }) => id === notice.id);
  if (known?.at === notice.at) return mapRows(data, (row) => (row.id === notice.id ? notice : row));
  return putRow(without, notice, ORDER);
}

/** Notices as they are now, by the log or by our own click, in every list that has been read. */
export function putNotices(queryClient: QueryClient, notices: readonly Notice[]): void {
  for (const state of NOTICE_STATES) {
    queryClient.setQueryData<NoticePages>(noticesKey(state), (data) =>
      data ? notices.reduce((list, notice) => withNotice(list, state, notice), data) : data,
    );
  }
}

/** Every notice that any list has. */
export function knownNotices(queryClient: QueryClient): Map<number, Notice> {
  const lists = NOTICE_STATES.map((state) => queryClient.getQueryData<NoticePages>(noticesKey(state)));
  return new Map(lists.flatMap((list) => rowsOf(list).map((notice) => [notice.id, notice] as const)));
}

/** Counters as of a position of the log; older ones than those that are known say nothing. */
export function hearCounts(counts: NoticeCounts): void {
  const known = noticeCounts.getState();
  if (known && covers(known.position, counts.position)) return;
  noticeCounts.setState(counts, true);
}
