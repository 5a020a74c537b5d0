import type { ChatMessage, RoomEvent, RoomSummary, RoomTrade, Spoken, TimelineEvent, TimelinePage } from "../schema.ts";

/** Of kinds in the same millisecond: a trade stands before the completion that it causes. */
const RANKS = { traded: 1, completed: 2, messageSent: 3, spoke: 4, closed: 5 } as const;
const OTHER_RANK = 6;
type Listed = keyof typeof RANKS;

/** Where an event stands in its room's one timeline: by its moment, then by its kind, then by its id. */
export interface Place {
  /** ISO 8601 with milliseconds. */
  at: string;
  rank: number;
  id: string | number;
}

/** Whether pages have it too; the log alone tells of the others. */
export const isListed = (event: RoomEvent): event is TimelineEvent => event.type in RANKS;

export const rankOf = (type: Listed): number => RANKS[type];

/** @param offset in the log, for events that it alone tells of */
export function placeOf(event: RoomEvent, offset = 0): Place {
  switch (event.type) {
    case "traded":
      return { at: event.trade.at, rank: RANKS.traded, id: event.trade.sequence };
    case "messageSent":
      return { at: event.message.at, rank: RANKS.messageSent, id: event.message.id };
    case "spoke":
      return { at: event.at, rank: RANKS.spoke, id: event.id };
    case "completed":
    case "closed":
      return { at: event.at, rank: RANKS[event.type], id: 0 };
    default:
      return { at: event.at, rank: OTHER_RANK, id: offset };
  }
}

/** @returns below zero where `a` stands before `b` */
export function comparePlaces(a: Place, b: Place): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

/** Where a page ends: what follows stands before `place`. */
export interface Bound {
  place: Place;
  /** Trades from this sequence on are known not to follow; null where that is not known. */
  sequence: number | null;
}

export const formatBound = ({ place: { at, rank, id }, sequence }: Bound): string =>
  [at, rank, id, sequence ?? ""].join(",");

/** @param before of the page before. @returns what the page ends with, whose events come in any order; null for none */
export function boundOf(events: readonly RoomEvent[], before: Bound | null): Bound | null {
  let bound = before;
  for (const event of events) {
    const place = placeOf(event);
    const known = bound?.sequence ?? null;
    const sequence =
      event.type === "traded" && (known === null || event.trade.sequence < known) ? event.trade.sequence : known;
    bound = { place: bound && comparePlaces(bound.place, place) <= 0 ? bound.place : place, sequence };
  }
  return bound;
}

/** What a room's rows and lists hold of its timeline. */
interface Parts {
  room: Pick<RoomSummary, "completedAt" | "closedAt" | "price">;
  trades: readonly RoomTrade[];
  messages: readonly ChatMessage[];
  spoken: readonly Spoken[];
}

/** @param before null for the newest. @returns at most `limit` of the events that stand before it */
export function pageOf(parts: Parts, limit: number, before: Bound | null = null): TimelinePage {
  const { room, trades, messages, spoken } = parts;
  const { completedAt, closedAt, price } = room;
  const ends: TimelineEvent[] = [
    ...(completedAt ? [{ type: "completed", finalPrice: price, at: completedAt } as const] : []),
    ...(closedAt ? [{ type: "closed", at: closedAt } as const] : []),
  ];
  const found: TimelineEvent[] = [
    ...trades.map((trade) => ({ type: "traded", trade, status: statusAfter(trade) }) as const),
    ...messages.map((message) => ({ type: "messageSent", message }) as const),
    ...spoken,
    ...ends.filter((event) => !before || comparePlaces(placeOf(event), before.place) < 0),
  ];
  found.sort((a, b) => comparePlaces(placeOf(b), placeOf(a)));
  const events = found.slice(0, limit);
  const bound = found.length > limit ? boundOf(events, before) : null;
  return { events, nextCursor: bound && formatBound(bound) };
}

const statusAfter = ({ reserves }: RoomTrade) => (reserves.forSale === "0" ? "completed" : "open");

const CURSOR =
  /^(\d{4}-\d\d-\d\dT[\d:.]{12}Z),([1-6]),(\d{1,15}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}),(\d{0,15})$/;

/** @returns null for a text that is no bound */
export function parseBound(text: string): Bound | null {
  const [, at = "", rank = "", id = "", sequence = ""] = CURSOR.exec(text) ?? [];
  const place = { at, rank: Number(rank), id };
  const isWhole = id.includes("-") === (place.rank === RANKS.spoke);
  return at !== "" && isWhole ? { place, sequence: sequence === "" ? null : Number(sequence) } : null;
}
