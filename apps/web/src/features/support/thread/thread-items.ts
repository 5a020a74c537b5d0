import type { Message } from "@pult/api/support/schema.ts";
import { type ThreadItem as KitItem, threadItems } from "../../thread/items.ts";
import type { QueuedReply } from "../composer/reply-queue.ts";

export type ThreadItem =
  | KitItem<Message, QueuedReply>
  | { type: "start"; key: string }
  | { type: "new"; key: string; count: number };

type Input = {
  messages: readonly Message[];
  outgoing: readonly QueuedReply[];
  hasMore: boolean;
  /** The newest message the agent had seen when the thread was opened; what customers wrote after it is new. */
  seenId: number | null;
  /** `2026-11-01` of an instant where the reader is. */
  dayOf(iso: string): string;
};

/** Same hand and same looks. */
function groupKey(entry: Message | QueuedReply): string {
  if ("state" in entry) return `own ${entry.kind}`;
  if (entry.kind === "customer") return "customer";
  return `${entry.clientId === null ? "" : "own"} ${entry.kind} ${entry.author.id ?? entry.author.name}`;
}

const isEvent = (entry: Message | QueuedReply) => "change" in entry && Boolean(entry.change);

function isOneHand(above: Message | QueuedReply, below: Message | QueuedReply): boolean {
  if (isEvent(above) || isEvent(below)) return false;
  // Our own that is still under way joins our own that arrived: nothing jumps when it does.
  const [one, other] = [groupKey(above), groupKey(below)];
  return one === other || (other.startsWith("own ") && "state" in below && one.startsWith(other));
}

/** The rows of a conversation, with its beginning and the line above what is new. */
export function conversationItems({ messages, outgoing, hasMore, seenId, dayOf }: Input): ThreadItem[] {
  const isNew = ({ id, kind }: Message) => seenId !== null && id > seenId && kind === "customer";
  const firstNew = messages.find(isNew);
  const items: ThreadItem[] = threadItems<Message, QueuedReply>({
    messages,
    outgoing,
    dayOf,
    isOneHand: (above, below) => below !== firstNew && isOneHand(above, below),
  });
  if (firstNew) {
    const at = items.findIndex((item) => item.type === "message" && item.message === firstNew);
    items.splice(at, 0, { type: "new", key: "new", count: messages.filter(isNew).length });
  }
  if (!hasMore && messages.length > 0) items.unshift({ type: "start", key: "start" });
  return items;
}
