import type { Message } from "@pult/api/support/schema.ts";
import type { Outgoing } from "./customer-outbox.ts";

/** Where a bubble stands among those of the same hand: decides its corners and the space above. */
export type BubblePlace = { joinsAbove: boolean; joinsBelow: boolean };

export type CustomerItem =
  | { type: "day"; key: string; at: string }
  | { type: "message"; key: string; message: Message; place: BubblePlace }
  | { type: "outgoing"; key: string; outgoing: Outgoing; place: BubblePlace };

type Input = {
  messages: readonly Message[];
  outgoing: readonly Outgoing[];
  /** `2026-11-01` of an instant where the reader is. */
  dayOf(iso: string): string;
};

const GROUP_GAP_MS = 10 * 60_000;
const isOwn = (entry: Message | Outgoing) => "state" in entry || entry.kind === "customer";

/** The rows of the thread, oldest first. Keys stay the same when a message is confirmed. */
export function customerItems({ messages, outgoing, dayOf }: Input): CustomerItem[] {
  const stored = new Set(messages.map((message) => message.clientId));
  const entries = [...messages, ...outgoing.filter((one) => !stored.has(one.clientId))];
  const joins = (above: Message | Outgoing | undefined, below: Message | Outgoing | undefined) =>
    above !== undefined &&
    below !== undefined &&
    isOwn(above) === isOwn(below) &&
    dayOf(above.createdAt) === dayOf(below.createdAt) &&
    Date.parse(below.createdAt) - Date.parse(above.createdAt) <= GROUP_GAP_MS;
  return entries.flatMap((entry, index): CustomerItem[] => {
    const above = entries[index - 1];
    const place = { joinsAbove: joins(above, entry), joinsBelow: joins(entry, entries[index + 1]) };
    const item = toItem(entry, place);
    const day = dayOf(entry.createdAt);
    if (above && dayOf(above.createdAt) === day) return [item];
    return [{ type: "day", key: `day ${day}`, at: entry.createdAt }, item];
  });
}

function toItem(entry: Message | Outgoing, place: BubblePlace): CustomerItem {
  const key = entry.clientId !== null && isOwn(entry) ? `c ${entry.clientId}` : `m ${"id" in entry ? entry.id : ""}`;
  if ("state" in entry) return { type: "outgoing", key, outgoing: entry, place };
  return { type: "message", key, message: entry, place };
}
