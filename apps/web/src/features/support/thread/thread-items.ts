import type { Message } from "@pult/api/support/schema.ts";
import { arrange } from "../../thread/items.ts";
import type { QueuedItem } from "../composer/outbox.ts";

/** Where a bubble stands among those of the same hand: decides corners, avatar and the space below. */
export type Place = "only" | "first" | "middle" | "last";

export type ThreadItem =
  | { type: "start"; key: string }
  | { type: "day"; key: string; at: string }
  | { type: "new"; key: string; count: number }
  | { type: "event"; key: string; message: Message }
  | { type: "message"; key: string; message: Message; place: Place }
  | { type: "outgoing"; key: string; item: QueuedItem; place: Place };

type Input = {
  messages: readonly Message[];
  outgoing: readonly QueuedItem[];
  hasMore: boolean;
  /** The newest message the agent had seen when the thread was opened; what customers wrote after it is new. */
  seenId: number | null;
  /** `2026-11-01` of an instant where the reader is. */
  dayOf(iso: string): string;
};

/** Same hand and same looks. */
function groupKey(entry: Message | QueuedItem): string {
  if ("state" in entry) return `own ${entry.kind}`;
  if (entry.kind === "customer") return "customer";
  return `${entry.clientId === null ? "" : "own"} ${entry.kind} ${entry.author.id ?? entry.author.name}`;
}

const isEvent = (entry: Message | QueuedItem) => "change" in entry && Boolean(entry.change);

function isOneHand(above: Message | QueuedItem, below: Message | QueuedItem): boolean {
  if (isEvent(above) || isEvent(below)) return false;
  // Our own that is still under way joins our own that arrived: nothing jumps when it does.
  const [one, other] = [groupKey(above), groupKey(below)];
  return one === other || (other.startsWith("own ") && "state" in below && one.startsWith(other));
}

function placeOf(joinsAbove: boolean, joinsBelow: boolean): Place {
  if (joinsAbove) return joinsBelow ? "middle" : "last";
  return joinsBelow ? "first" : "only";
}

/** The rows of a thread, oldest first, with the lines between them. Keys stay the same when a message is confirmed. */
export function threadItems({ messages, outgoing, hasMore, seenId, dayOf }: Input): ThreadItem[] {
  const stored = new Set(messages.map((message) => message.clientId));
  const entries: (Message | QueuedItem)[] = [...messages, ...outgoing.filter((item) => !stored.has(item.clientId))];
  const isNew = (entry: Message | QueuedItem) =>
    seenId !== null && "id" in entry && entry.id > seenId && entry.kind === "customer";
  const firstNew = entries.find(isNew);
  const items: ThreadItem[] = [];
  if (!hasMore && messages.length > 0) items.push({ type: "start", key: "start" });
  const rows = arrange(entries, dayOf, (above, below) => below !== firstNew && isOneHand(above, below));
  for (const { entry, startsDay, joinsAbove, joinsBelow } of rows) {
    if (startsDay !== null) items.push({ type: "day", key: `day ${startsDay}`, at: entry.createdAt });
    if (entry === firstNew) items.push({ type: "new", key: "new", count: entries.filter(isNew).length });
    items.push(itemOf(entry, placeOf(joinsAbove, joinsBelow)));
  }
  return items;
}

function itemOf(entry: Message | QueuedItem, place: Place): ThreadItem {
  if ("state" in entry) return { type: "outgoing", key: `c ${entry.clientId}`, item: entry, place };
  const key = entry.clientId === null ? `m ${entry.id}` : `c ${entry.clientId}`;
  return entry.change ? { type: "event", key, message: entry } : { type: "message", key, message: entry, place };
}
