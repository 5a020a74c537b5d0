const GROUP_GAP_MS = 10 * 60_000;

type Stored = { id: number; clientId: string | null; createdAt: string };
type Unsent = { clientId: string; createdAt: string; state: string };

/** Whether a bubble touches its neighbour, as one hand wrote both within ten minutes. */
type Joins = { joinsAbove: boolean; joinsBelow: boolean };

/** A row of a thread. Its key stays the same when a message is confirmed. */
export type ThreadItem<Message, Outgoing> =
  | { type: "day"; key: string; at: string }
  | ({ type: "message"; key: string; message: Message } & Joins)
  | ({ type: "outgoing"; key: string; outgoing: Outgoing } & Joins);

type Input<Message, Outgoing> = {
  messages: readonly Message[];
  /** What is not stored yet; left out when the messages have it already. */
  outgoing: readonly Outgoing[];
  /** `2026-11-01` of an instant where the reader is. */
  dayOf(iso: string): string;
  /** Whether two neighbours may stand close to each other. */
  isOneHand(above: Message | Outgoing, below: Message | Outgoing): boolean;
};

/** The rows of a thread, oldest first, with a line where a day begins. */
export function threadItems<Message extends Stored, Outgoing extends Unsent>({
  messages,
  outgoing,
  dayOf,
  isOneHand,
}: Input<Message, Outgoing>): ThreadItem<Message, Outgoing>[] {
  const stored = new Set(messages.map((message) => message.clientId));
  const entries = [...messages, ...outgoing.filter((item) => !stored.has(item.clientId))];
  const items: ThreadItem<Message, Outgoing>[] = [];
  let above: (Message | Outgoing) | undefined;
  for (const entry of entries) {
    const day = dayOf(entry.createdAt);
    const startsDay = above === undefined || dayOf(above.createdAt) !== day;
    const joinsAbove = above !== undefined && !startsDay && isClose(above, entry) && isOneHand(above, entry);
    const last = items.at(-1);
    if (last && last.type !== "day") last.joinsBelow = joinsAbove;
    if (startsDay) items.push({ type: "day", key: `day ${day}`, at: entry.createdAt });
    const joins = { joinsAbove, joinsBelow: false };
    if ("state" in entry) items.push({ type: "outgoing", key: `c ${entry.clientId}`, outgoing: entry, ...joins });
    else items.push({ type: "message", key: keyOf(entry), message: entry, ...joins });
    above = entry;
  }
  return items;
}

const keyOf = ({ clientId, id }: Stored) => (clientId === null ? `m ${id}` : `c ${clientId}`);

const isClose = (above: { createdAt: string }, below: { createdAt: string }) =>
  Date.parse(below.createdAt) - Date.parse(above.createdAt) <= GROUP_GAP_MS;
