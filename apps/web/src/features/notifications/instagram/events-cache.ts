import type { CommentReply, StoredEvent } from "@pult/api/notifications/schema.ts";
import type { QueryClient } from "@tanstack/react-query";
import { keepNewest, mapRows, type Order, type Pages, putRow, rowsOf } from "../pages.ts";

export type EventPages = Pages<StoredEvent, number>;
export type EventFilter = { types: readonly string[]; account: string };

export const EVENTS_KEY = ["instagram", "events"];
export const eventsKey = ({ types, account }: EventFilter) => [...EVENTS_KEY, { types: [...types].sort(), account }];

const ORDER: Order<StoredEvent> = { idOf: ({ eventId }) => eventId, compare: (a, b) => b.eventId - a.eventId };

/** Whether a filter shows an event. One without types shows also fields that Pult does not know. */
export const isShown = ({ event }: StoredEvent, { types, account }: EventFilter): boolean =>
  (types.length === 0 || types.includes(event.eventType)) && (account === "" || event.accountId === account);

/** An event has come: every list that shows it has it. */
export function hearEvent(queryClient: QueryClient, stored: StoredEvent): void {
  for (const [key, data] of queryClient.getQueriesData<EventPages>({ queryKey: EVENTS_KEY })) {
    if (!data || !isShown(stored, key[EVENTS_KEY.length] as EventFilter)) continue;
    // An event that is delivered once more says nothing of the answers to it.
    const known = rowsOf(data).find(({ eventId }) => eventId === stored.eventId);
    queryClient.setQueryData<EventPages>(key, putRow(data, { ...known, ...stored }, ORDER));
  }
}

/** A comment was answered, or an answer has come further, by the log. */
export function hearReplies(queryClient: QueryClient, eventId: number, replies: CommentReply[]): void {
  queryClient.setQueriesData<EventPages>(
    { queryKey: EVENTS_KEY },
    (data) => data && mapRows(data, (row) => (row.eventId === eventId ? { ...row, replies } : row)),
  );
}

/** Id of the newest event in any list. */
export const newestKnown = (queryClient: QueryClient): number =>
  Math.max(
    0,
    ...queryClient
      .getQueriesData<EventPages>({ queryKey: EVENTS_KEY })
      .map(([, data]) => rowsOf(data)[0]?.eventId ?? 0),
  );

const MAX_ROWS = 600;
const KEPT_ROWS = 200;

/** A list that has grown for hours lets go of its end. */
export const shorten = (data: EventPages): EventPages =>
  rowsOf(data).length > MAX_ROWS ? keepNewest(data, KEPT_ROWS, ({ eventId }) => eventId) : data;
