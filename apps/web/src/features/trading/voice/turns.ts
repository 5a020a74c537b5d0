import type { Command } from "@pult/api/trading/voice/grammar/schema.ts";
import type { CancelReason, Heard, Refusal, Ticket, VoiceEvent } from "@pult/api/trading/voice/schema.ts";
import { type Failure, refusalOf } from "../../../trpc/failure.ts";

/** What the trader said, and what was understood of it. */
export interface Turn {
  /** Of this page where it was said here, else of the server. */
  id: string;
  text: string;
  /** Null until the server has answered. */
  intentId: string | null;
  command: Command | null;
  /** Why it has no effect. */
  refusal: Failure | null;
  /** No answer has come, and it is sent again. */
  isLate: boolean;
  /** Why it was not taken. */
  failure: Failure | null;
}

/** A ticket, and what became of it. */
export type Order = { ticket: Ticket } & (
  | { state: "waiting" }
  | { state: "confirmed" }
  /** Not confirmed in time. */
  | { state: "expired" }
  | { state: "cancelled"; reason: CancelReason }
  | { state: "refused"; failure: Failure }
);

export interface Spoken {
  /** Oldest first. */
  turns: readonly Turn[];
  orders: readonly Order[];
  /** Words that may still change. */
  interim: string;
  /** The last words that the server has heard, whose command it tells next. */
  heard: string;
}

export const SILENCE: Spoken = { turns: [], orders: [], interim: "", heard: "" };
const MAX_TURNS = 20;

export const asFailure = (refusal: Pick<Refusal, "key" | "params">): Failure => ({
  kind: "conflict",
  ...refusalOf(refusal),
  retryAfterSeconds: null,
});

/** Said here, and on its way to the server. */
export function withSaid(spoken: Spoken, { id, text }: Pick<Turn, "id" | "text">): Spoken {
  const turn: Turn = { id, text, intentId: null, command: null, refusal: null, isLate: false, failure: null };
  const known = spoken.turns.some((one) => one.id === id);
  return known
    ? withTurn(spoken, id, { failure: null })
    : { ...spoken, interim: "", turns: [...spoken.turns, turn].slice(-MAX_TURNS) };
}

const withTurn = (spoken: Spoken, id: string, change: Partial<Turn>): Spoken => ({
  ...spoken,
  turns: spoken.turns.map((one) => (one.id === id ? { ...one, ...change } : one)),
});

export const withLate = (spoken: Spoken, id: string): Spoken => withTurn(spoken, id, { isLate: true });

export const withFailed = (spoken: Spoken, id: string, failure: Failure): Spoken =>
  withTurn(spoken, id, { failure, isLate: false });

/** The server's answer to what was said here. */
export function withAnswer(spoken: Spoken, id: string, heard: Heard): Spoken {
  const { intentId, command, refusal, ticket, state } = heard;
  // The log may have told of it first.
  const turns = spoken.turns.filter((one) => one.id === id || one.intentId !== intentId);
  const change = { intentId, command, refusal: refusal && asFailure(refusal), isLate: false, failure: null };
  const answered = withTurn({ ...spoken, turns }, id, change);
  if (!ticket) return answered;
  return state === "confirmed" ? withOrder(answered, { ticket, state }) : withDraft(answered, ticket);
}

const orderOf = ({ orders }: Spoken, intentId: string): Order | undefined =>
  orders.find(({ ticket }) => ticket.intentId === intentId);

function withOrder(spoken: Spoken, order: Order): Spoken {
  const others = spoken.orders.filter(({ ticket }) => ticket.intentId !== order.ticket.intentId);
  return { ...spoken, orders: [...others, order].slice(-MAX_TURNS) };
}

/** A draft is new, or known with whatever became of it. */
const withDraft = (spoken: Spoken, ticket: Ticket): Spoken =>
  orderOf(spoken, ticket.intentId) ? spoken : withOrder(spoken, { ticket, state: "waiting" });

type Fate =
  | { state: "confirmed" | "expired" }
  | { state: "cancelled"; reason: CancelReason }
  | { state: "refused"; failure: Failure };

/** What became of a ticket; nothing changes what is settled, but for a trade that was made after all. */
export function withFate(spoken: Spoken, intentId: string, fate: Fate): Spoken {
  const order = orderOf(spoken, intentId);
  if (!order || (order.state !== "waiting" && fate.state !== "confirmed")) return spoken;
  return withOrder(spoken, { ticket: order.ticket, ...fate });
}

/** What the log of the session says. */
export function withTold(spoken: Spoken, event: VoiceEvent): Spoken {
  switch (event.type) {
    case "transcription":
      return event.isFinal ? { ...spoken, interim: "", heard: event.text } : { ...spoken, interim: event.text };
    case "command":
      return withCommand(spoken, event);
    case "ticket":
      return withDraft(spoken, event.ticket);
    case "confirmed":
      return withFate(spoken, event.intentId, { state: "confirmed" });
    case "cancelled":
      return withFate(spoken, event.intentId, { state: "cancelled", reason: event.reason });
    case "refused":
      return withRefusal(spoken, event);
    case "ended":
      return spoken;
  }
}

function withCommand(spoken: Spoken, event: Extract<VoiceEvent, { type: "command" }>): Spoken {
  const { intentId, intent, parameters, confidence } = event;
  const { turns, heard } = spoken;
  if (turns.some((one) => one.intentId === intentId)) return spoken;
  const command = { intent, parameters, confidence };
  const own = turns.find((one) => one.intentId === null && one.text === heard);
  if (own) return withTurn(spoken, own.id, { intentId, command, failure: null });
  const turn: Turn = { id: intentId, text: heard, intentId, command, refusal: null, isLate: false, failure: null };
  return { ...spoken, turns: [...turns, turn].slice(-MAX_TURNS) };
}

function withRefusal(spoken: Spoken, { intentId, refusal }: Extract<VoiceEvent, { type: "refused" }>): Spoken {
  const failure = asFailure(refusal);
  if (orderOf(spoken, intentId)) return withFate(spoken, intentId, { state: "refused", failure });
  const turn = spoken.turns.find((one) => one.intentId === intentId);
  return turn ? withTurn(spoken, turn.id, { refusal: failure }) : spoken;
}

/** After a hole in the log: what still waits. What became of the rest stands in the room. */
export function withWaiting(spoken: Spoken, tickets: readonly Ticket[]): Spoken {
  const settled = spoken.orders.filter(({ state }) => state !== "waiting");
  return tickets.reduce(withDraft, { ...spoken, interim: "", orders: settled });
}

/** How long a ticket can be confirmed. */
export const TICKET_MS = 15_000;

/** How long it still can. @param skewMs how far this page's clock is ahead of the server's; null before the server has told */
export const timeLeft = ({ expiresAt }: Ticket, { now, skewMs }: { now: number; skewMs: number | null }): number =>
  skewMs === null ? TICKET_MS : Math.max(0, Date.parse(expiresAt) + skewMs - now);

/** The ticket that waits to be confirmed. */
export const waitingOrder = ({ orders }: Spoken): Order | null =>
  orders.findLast(({ state }) => state === "waiting") ?? null;
