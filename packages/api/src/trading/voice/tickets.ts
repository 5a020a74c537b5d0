import { randomInt } from "node:crypto";
import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { NewEntry } from "../../realtime/log.ts";
import { formatPrice } from "../amounts.ts";
import { averagePriceOf, type Fill, LAMPORTS, type Order, UNITS } from "../curve.ts";
import { voiceEntry } from "../events.ts";
import type { MemberRecord } from "../rooms/members.ts";
import type { RoomRecord } from "../rooms/rows.ts";
import { requireCovered, requireFill } from "../trades/fill.ts";
import type { Amount } from "./grammar/schema.ts";
import { type CancelReason, type Ticket, type TicketState, ticket } from "./schema.ts";
import type { SessionRecord } from "./session-rows.ts";

/** How long a ticket can be confirmed. */
export const TICKET_MS = 15_000;

type Side = "buy" | "sell";

/** What an order that was said comes to now. @throws DomainError as `trade` */
export function quoteSaid(
  { room, member }: { room: RoomRecord; member: MemberRecord },
  said: { side: Side; amount: Amount },
): { order: Order; fill: Fill } {
  const order = orderOf(said.side, said.amount, member);
  const fill = requireFill(room, order);
  requireCovered(order, fill, member);
  return { order, fill };
}

/** An order of what was said, in base units, rounded down. */
function orderOf(side: Side, said: Amount, { sol, token }: Pick<MemberRecord, "sol" | "token">): Order {
  if (said.kind === "share") {
    const held = side === "buy" ? sol : token;
    return { side, exact: "in", amount: (held * scaled(said.percent, LAMPORTS)) / (100n * LAMPORTS) };
  }
  const amount = scaled(said.value, said.unit === "sol" ? LAMPORTS : UNITS);
  // A buy gives SOL and a sell gives tokens; the other is what the trader wants to get.
  const exact = (said.unit === "sol") === (side === "buy") ? "in" : "out";
  return { side, exact, amount };
}

/** A decimal number in parts of a unit, rounded down. */
function scaled(decimal: string, unit: bigint): bigint {
  const [whole = "0", decimals = ""] = decimal.split(".");
  return BigInt(whole) * unit + (BigInt(decimals.padEnd(9, "0")) * unit) / LAMPORTS;
}

/** @param text what was said: its own numbers are no code */
export function draftTicket(
  place: { intentId: string; sessionId: string; now: Date; text: string },
  { order, fill }: { order: Order; fill: Fill },
): Ticket {
  return {
    intentId: place.intentId,
    sessionId: place.sessionId,
    side: order.side,
    exact: order.exact,
    amount: String(order.amount),
    amountIn: String(fill.in),
    amountOut: String(fill.out),
    fee: String(fill.fee),
    price: formatPrice(averagePriceOf(order, fill)),
    code: codeFor(place.text),
    expiresAt: new Date(place.now.getTime() + TICKET_MS).toISOString(),
  };
}

function codeFor(text: string): string {
  const said = new Set(text.match(/\d+/g));
  for (let tries = 0; ; tries++) {
    const code = String(randomInt(10, 100));
    if (!said.has(code) || tries > 1_000) return code;
  }
}

export interface TicketRecord {
  ticket: Ticket;
  state: TicketState;
  refusal: unknown;
}

export async function findTicket(tx: Transaction, sessionId: string, intentId: string): Promise<TicketRecord | null> {
  const [row] = rowsOf<TicketRecord>(
    await tx.execute(sql`
      select ticket, state, refusal from voice_utterances
      where id = ${intentId}::uuid and session_id = ${sessionId}::uuid and state is not null`),
  );
  return row ? { ...row, ticket: ticket.parse(row.ticket) } : null;
}

/** Drafts that can still be confirmed. */
export async function selectDrafts(db: Database | Transaction, sessionId: string, now: Date): Promise<Ticket[]> {
  const rows = rowsOf<{ ticket: unknown }>(
    await db.execute(sql`
      select ticket from voice_utterances
      where session_id = ${sessionId}::uuid and state = 'draft' and expires_at >= ${now.toISOString()}::timestamptz
      order by created_at`),
  );
  return rows.map((row) => ticket.parse(row.ticket));
}

/** Drops drafts of a session: all, or one. @returns what the trader is told */
export async function cancelDrafts(
  tx: Transaction,
  session: Pick<SessionRecord, "id" | "roomId" | "traderId">,
  { reason, at, intentId }: { reason: CancelReason; at: string; intentId?: string | undefined },
): Promise<NewEntry[]> {
  const one = intentId === undefined ? sql`true` : sql`id = ${intentId}::uuid`;
  const rows = rowsOf<{ id: string }>(
    await tx.execute(sql`
      update voice_utterances set state = 'cancelled'
      where session_id = ${session.id}::uuid and state = 'draft' and ${one} returning id`),
  );
  return rows.map(({ id }) =>
    voiceEntry(session, { type: "cancelled", sessionId: session.id, at, intentId: id, reason }),
  );
}
