import type { ConversationRow, InboxPage } from "@pult/api/support/schema.ts";
import { createSerializer, parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";

/** In the order of the tabs. The same names as `INBOX_VIEWS` of the API, without its validator in the bundle. */
export const VIEWS = ["mine", "unassigned", "all", "snoozed", "resolved"] as const;
export type InboxView = (typeof VIEWS)[number];
export type InboxCounts = InboxPage["counts"];

const PANELS = ["customer"] as const;
const parsers = {
  view: parseAsStringLiteral(VIEWS).withDefault("mine"),
  /** Open conversation. */
  c: parseAsInteger,
  q: parseAsString.withDefault(""),
  /** Narrow screens: the customer over the thread. */
  panel: parseAsStringLiteral(PANELS),
};

export const inboxHref = createSerializer(parsers);

/** What belongs in the address: view, search, open conversation, open panel. */
export function useInboxAddress() {
  const [address, setAddress] = useQueryStates(parsers, { history: "replace", shallow: true });
  return {
    ...address,
    setAddress,
    /** A step of its own in the history, so that "back" leads to the list on a phone. */
    openConversation: (id: number | null) => setAddress({ c: id, panel: null }, { history: "push" }),
  };
}

/** Whether a conversation is shown in a view, by the rule of `support.inbox`. */
export function belongsTo(view: InboxView, row: ConversationRow, agentId: string): boolean {
  if (view === "snoozed" || view === "resolved") return row.status === view;
  if (row.status !== "open" && row.status !== "pending") return false;
  if (view === "mine") return row.assignee?.id === agentId;
  return view === "all" || row.assignee === null;
}

/** Newest activity first, greater id first among equals: the server's order. */
export function compareRows(a: ConversationRow, b: ConversationRow): number {
  if (a.lastActivityAt !== b.lastActivityAt) return a.lastActivityAt < b.lastActivityAt ? 1 : -1;
  return b.id - a.id;
}

const countsUnread = (row: ConversationRow, agentId: string) =>
  belongsTo("mine", row, agentId) || belongsTo("unassigned", row, agentId);

/** The counts after one conversation went from `before` to `after`. */
export function changeCounts(
  counts: InboxCounts,
  change: { before: ConversationRow; after: ConversationRow; agentId: string },
): InboxCounts {
  const { before, after, agentId } = change;
  const next = { ...counts };
  for (const view of VIEWS)
    next[view] += Number(belongsTo(view, after, agentId)) - Number(belongsTo(view, before, agentId));
  if (countsUnread(before, agentId)) next.unread -= before.unreadCount;
  if (countsUnread(after, agentId)) next.unread += after.unreadCount;
  for (const key of [...VIEWS, "unread"] as const) next[key] = Math.max(0, next[key]);
  return next;
}
