import type { ChatMessage, RoomEvent, RoomTrade } from "@pult/api/trading/schema.ts";

/** A line of a room's one timeline. Its key stays the same, however it was heard of. */
export interface Entry {
  key: string;
  at: string;
  event: RoomEvent;
}

/** What a room's timeline was put together from. */
export interface Timeline {
  /** Pages that were read, oldest first. */
  messages: readonly ChatMessage[];
  trades: readonly RoomTrade[];
  /** Where earlier pages begin; null where there are none. */
  messagesBefore: string | null;
  tradesBefore: string | null;
  /** What the log has told since, in its order. */
  live: readonly Entry[];
}

export const EMPTY: Timeline = { messages: [], trades: [], messagesBefore: null, tradesBefore: null, live: [] };
/** Of the newest pages, as the API cuts them. */
const PAGE_SIZE = 50;
/** Lines that the log may add before the oldest are let go; they are read again when the reader scrolls back. */
const MAX_LIVE = 400;
const KEPT_LIVE = 200;

const messageEntry = (message: ChatMessage): Entry => ({
  key: `message ${message.id}`,
  at: message.at,
  event: { type: "messageSent", message },
});
const tradeEntry = (trade: RoomTrade): Entry => ({
  key: `trade ${trade.sequence}`,
  at: trade.at,
  event: { type: "traded", trade, status: "open" },
});

/** @param id of the event in its log */
function entryOf(event: RoomEvent, id: string): Entry {
  if (event.type === "messageSent") return messageEntry(event.message);
  if (event.type === "traded") return tradeEntry(event.trade);
  return { key: `event ${id}`, at: event.at, event };
}

/** The newest pages, of which a full one may have earlier ones before it. */
export function beginTimeline(messages: readonly ChatMessage[], trades: readonly RoomTrade[]): Timeline {
  const before = (count: number, first: number | undefined) =>
    count < PAGE_SIZE || first === undefined ? null : String(first);
  return {
    ...EMPTY,
    messages,
    trades,
    messagesBefore: before(messages.length, messages[0]?.id),
    tradesBefore: before(trades.length, trades[0]?.sequence),
  };
}

/** Adds what the log says next. */
export function withHeard(timeline: Timeline, event: RoomEvent, id: string): Timeline {
  const entry = entryOf(event, id);
  const isKnown =
    timeline.live.some(({ key }) => key === entry.key) ||
    (event.type === "messageSent" && timeline.messages.some((message) => message.id === event.message.id)) ||
    (event.type === "traded" && timeline.trades.some(({ sequence }) => sequence === event.trade.sequence));
  if (isKnown) return timeline;
  const live = [...timeline.live, entry];
  return live.length > MAX_LIVE ? cut({ ...timeline, live }) : { ...timeline, live };
}

function cut(timeline: Timeline): Timeline {
  const gone = timeline.live.slice(0, -KEPT_LIVE);
  const read = beginTimeline(timeline.messages, timeline.trades);
  const kept: Timeline = { ...EMPTY, live: timeline.live.slice(-KEPT_LIVE) };
  const messageIds = [...read.messages.map(({ id }) => id), ...gone.flatMap(({ event }) => idOf(event, "messageSent"))];
  const sequences = [
    ...read.trades.map(({ sequence }) => sequence),
    ...gone.flatMap(({ event }) => idOf(event, "traded")),
  ];
  const after = (ids: number[], before: string | null) => (ids.length > 0 ? String(Math.max(...ids) + 1) : before);
  return {
    ...kept,
    messagesBefore: after(messageIds, timeline.messagesBefore),
    tradesBefore: after(sequences, timeline.tradesBefore),
  };
}

function idOf(event: RoomEvent, type: "messageSent" | "traded"): number[] {
  if (event.type !== type) return [];
  return event.type === "messageSent" ? [event.message.id] : [event.trade.sequence];
}

/** The oldest moment that a kind is known from; null when all of it is known. */
function knownFrom(before: string | null, first: { at: string } | undefined, live: Timeline["live"]): string | null {
  if (before === null) return null;
  return first?.at ?? live[0]?.at ?? "9";
}

/** Which kinds have to be read further back before the timeline can go back as a whole. */
export function missingOf(timeline: Timeline): ("messages" | "trades")[] {
  const { messages, trades, messagesBefore, tradesBefore, live } = timeline;
  const froms = {
    messages: knownFrom(messagesBefore, messages[0], live),
    trades: knownFrom(tradesBefore, trades[0], live),
  };
  const newest = [froms.messages, froms.trades].reduce((a, b) => ((a ?? "") > (b ?? "") ? a : b));
  if (newest === null) return [];
  return (["messages", "trades"] as const).filter((kind) => froms[kind] === newest);
}

/** Every line that is known without a hole, oldest first: of the pages by time, then as the log has told them. */
export function linesOf(timeline: Timeline): Entry[] {
  const { messages, trades, messagesBefore, tradesBefore, live } = timeline;
  const froms = [knownFrom(messagesBefore, messages[0], live), knownFrom(tradesBefore, trades[0], live)];
  const from = froms.map((one) => one ?? "").reduce((a, b) => (a > b ? a : b));
  const read = [...messages.map(messageEntry), ...trades.map(tradeEntry)]
    .filter(({ at }) => at >= from)
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return [...read, ...live];
}
