import { randomInt } from "node:crypto";
import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { NewEntry } from "../../realtime/log.ts";
import { formatPrice } from "../amounts.ts";
import { averagePriceOf, type Fill, fillOrder, type Order } from "../curve.ts";
import { tradingError } from "../errors.ts";
import { voiceEntry } from "../events.ts";
import type { MemberRecord } from "../rooms/members.ts";
import type { RoomRecord } from "../rooms/rows.ts";
import type { Amount } from "./grammar/schema.ts";
import { orderOf } from "./resolve.ts";
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
  if (room.status !== "open") throw tradingError(room.status);
  const balances = { sol: String(member.sol), token: String(member.token) };
  const order = orderOf(said.side, said.amount, balances);
  const fill = order && fillOrder(room.curve, order, room.feeBps);
  if (!order || !fill) throw tradingError("nothingToTrade");
  const available = said.side === "buy" ? member.sol : member.token;
  if (fill.in > available)
    throw tradingError("insufficientBalance", { needed: String(fill.in), available: String(available) });
  return { order, fill };
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
