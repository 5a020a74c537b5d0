import type { Message } from "@pult/api/support/schema.ts";
import { arrange } from "../features/thread/items.ts";
import type { Outgoing } from "./outbox.ts";

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

const isOwn = (entry: Message | Outgoing) => "state" in entry || entry.kind === "customer";

/** The rows of the thread, oldest first. Keys stay the same when a message is confirmed. */
export function customerItems({ messages, outgoing, dayOf }: Input): CustomerItem[] {
  const stored = new Set(messages.map((message) => message.clientId));
  const entries: (Message | Outgoing)[] = [...messages, ...outgoing.filter((one) => !stored.has(one.clientId))];
  const rows = arrange(entries, dayOf, (above, below) => isOwn(above) === isOwn(below));
  return rows.flatMap(({ entry, startsDay, ...place }): CustomerItem[] => {
    const item = toItem(entry, place);
    return startsDay === null ? [item] : [{ type: "day", key: `day ${startsDay}`, at: entry.createdAt }, item];
  });
}

function toItem(entry: Message | Outgoing, place: BubblePlace): CustomerItem {
  const key = entry.clientId !== null && isOwn(entry) ? `c ${entry.clientId}` : `m ${"id" in entry ? entry.id : ""}`;
  if ("state" in entry) return { type: "outgoing", key, outgoing: entry, place };
  return { type: "message", key, message: entry, place };
}
