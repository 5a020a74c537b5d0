import type { Message } from "@pult/api/support/schema.ts";
import type { OutboxItem } from "../composer/outbox.ts";

/** Where a bubble stands among those of the same hand: decides corners, avatar and the space below. */
export type Place = "only" | "first" | "middle" | "last";

export type ThreadItem =
  | { type: "start"; key: string }
  | { type: "day"; key: string; at: string }
  | { type: "new"; key: string; count: number }
  | { type: "event"; key: string; message: Message }
  | { type: "message"; key: string; message: Message; place: Place }
  | { type: "outgoing"; key: string; item: OutboxItem; place: Place };

type Input = {
  messages: readonly Message[];
  outgoing: readonly OutboxItem[];
  hasMore: boolean;
  /** The newest message the agent had seen when he came; what customers wrote after it is new. */
  seenId: number | null;
  /** `2026-11-01` of an instant where the reader is. */
  dayOf(iso: string): string;
};

const GROUP_GAP_MS = 10 * 60_000;

/** Same hand and same looks, within ten minutes. */
function groupKey(entry: Message | OutboxItem): string {
  if ("state" in entry) return `own ${entry.kind}`;
  if (entry.kind === "customer") return "customer";
  return `${entry.clientId === null ? "" : "own"} ${entry.kind} ${entry.author.id ?? entry.author.name}`;
}

function joins(above: Message | OutboxItem, below: Message | OutboxItem, dayOf: Input["dayOf"]): boolean {
  if (("change" in above && above.change) || ("change" in below && below.change)) return false;
  if (dayOf(above.createdAt) !== dayOf(below.createdAt)) return false;
  if (Date.parse(below.createdAt) - Date.parse(above.createdAt) > GROUP_GAP_MS) return false;
  // Our own that is still under way joins our own that arrived: nothing jumps when it does.
  const [one, other] = [groupKey(above), groupKey(below)];
  return one === other || (other.startsWith("own ") && "state" in below && one.startsWith(other));
}

function placeOf(joinsAbove: boolean, joinsBelow: boolean): Place {
  if (joinsAbove) return joinsBelow ? "middle" : "last";
  return joinsBelow ? "first" : "only";
}

function newDividerIndex(messages: readonly Message[], seenId: number | null): number {
  if (seenId === null) return -1;
  return messages.findIndex((message) => message.id > seenId && message.kind === "customer");
}

/** The rows of a thread, oldest first, with the lines between them. Keys stay the same when a message is confirmed. */
export function threadItems(input: Input): ThreadItem[] {
  const { messages, outgoing, dayOf } = input;
  const stored = new Set(messages.map((message) => message.clientId));
  const entries: (Message | OutboxItem)[] = [...messages, ...outgoing.filter((item) => !stored.has(item.clientId))];
  const dividerAt = newDividerIndex(messages, input.seenId);
  const items: ThreadItem[] = [];
  if (!input.hasMore && messages.length > 0) items.push({ type: "start", key: "start" });
  entries.forEach((entry, index) => {
    const above = entries[index - 1];
    const below = entries[index + 1];
    if (!above || dayOf(above.createdAt) !== dayOf(entry.createdAt)) {
      items.push({ type: "day", key: `day ${dayOf(entry.createdAt)}`, at: entry.createdAt });
    }
    if (index === dividerAt) items.push({ type: "new", key: "new", count: countNew(messages, index) });
    const joinsAbove = above !== undefined && index !== dividerAt && joins(above, entry, dayOf);
    const joinsBelow = below !== undefined && index + 1 !== dividerAt && joins(entry, below, dayOf);
    items.push(itemOf(entry, placeOf(joinsAbove, joinsBelow)));
  });
  return items;
}

function countNew(messages: readonly Message[], from: number): number {
  return messages.slice(from).filter((message) => message.kind === "customer").length;
}

function itemOf(entry: Message | OutboxItem, place: Place): ThreadItem {
  if ("state" in entry) return { type: "outgoing", key: `c ${entry.clientId}`, item: entry, place };
  const key = entry.clientId === null ? `m ${entry.id}` : `c ${entry.clientId}`;
  return entry.change ? { type: "event", key, message: entry } : { type: "message", key, message: entry, place };
}
