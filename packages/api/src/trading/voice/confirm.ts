import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context, Deps } from "../../context.ts";
import { type DomainError, findDomainError } from "../../errors.ts";
import { perProcess } from "../../per-process.ts";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import { tradingError } from "../errors.ts";
import { voiceEntry } from "../events.ts";
import type { TradeResult } from "../schema.ts";
import { tradeAsQuoted } from "../trades/trade.ts";
import { type CancelInput, type ConfirmInput, type Refusal, refusal, type Ticket, type VoiceEvent } from "./schema.ts";
import { requireOpen, requireSession, type SessionRecord } from "./session-rows.ts";
import { cancelDrafts, findTicket } from "./tickets.ts";

/** Tickets that this process confirms now: who asks meanwhile gets the same answer. */
const underWay = perProcess((_deps: Pick<Deps, "bus">) => new Map<string, Promise<Confirmed>>());

export interface Confirmed {
  ticket: Ticket;
  sequence: number;
  result: TradeResult;
}

/**
 * Makes the trade of a ticket as it was shown or better, or refuses it; a repeat gets the same answer.
 * @throws DomainError `UNAUTHORIZED`, `NOT_FOUND` for another's session or ticket, `CONFLICT` for a session that has ended, a ticket that has
 *   expired or was dropped, and as `trade`, `UNAVAILABLE` while another node confirms it
 */
export async function confirmVoice(ctx: Context, { sessionId, intentId }: ConfirmInput): Promise<TradeResult> {
  // Also for those who ask while it is under way: it is of their session, or of none they know.
  await requireSession(ctx, ctx.db, { sessionId, access: "write" });
  return (await confirmTicket(ctx, sessionId, intentId)).result;
}

/** As `confirmVoice`, for callers who have shown that the session is theirs. */
export function confirmTicket(ctx: Context, sessionId: string, intentId: string): Promise<Confirmed> {
  const tickets = underWay(ctx);
  const key = `${sessionId} ${intentId}`;
  const running = tickets.get(key) ?? confirmOnce(ctx, sessionId, intentId).finally(() => tickets.delete(key));
  tickets.set(key, running);
  return running;
}

async function confirmOnce(ctx: Context, sessionId: string, intentId: string): Promise<Confirmed> {
  const { session, ticket } = await claim(ctx, sessionId, intentId);
  const { traderKey } = session;
  if (traderKey === null) throw tradingError("voiceSessionNotFound");
  const about = { sessionId, at: ctx.now().toISOString(), intentId };
  try {
    const result = await tradeAsQuoted(ctx, { ...ticket, roomId: session.roomId, traderKey });
    const { sequence } = result.trade;
    await settle(ctx, session, { state: "confirmed", event: { type: "confirmed", ...about, sequence }, refusal: null });
    return { ticket, sequence, result };
  } catch (error) {
    const refused = findDomainError(error);
    if (!refused || refused.code === "UNAVAILABLE") throw error;
    const { key, message, params } = refused;
    const why: Refusal = { key, message, params: { ...params } };
    await settle(ctx, session, { state: "refused", event: { type: "refused", ...about, refusal: why }, refusal: why });
    throw error;
  }
}

/** From then on nothing drops the ticket. After a crash it is asked for again, and what was not traded in time is refused. */
async function claim(
  ctx: Context,
  sessionId: string,
  intentId: string,
): Promise<{ session: SessionRecord; ticket: Ticket }> {
  return ctx.db.transaction(async (tx) => {
    const session = await requireSession(ctx, tx, { sessionId, access: "write", isLocked: true });
    const found = await findTicket(tx, sessionId, intentId);
    if (!found) throw tradingError("voiceTicketNotFound");
    const { ticket, state } = found;
    if (state === "confirmed") return { session, ticket };
    if (state === "cancelled") throw tradingError("voiceTicketCancelled");
    if (state === "refused") throw refusedAsBefore(refusal.parse(found.refusal));
    const isLate = ctx.now().getTime() > Date.parse(ticket.expiresAt);
    if (state === "confirming") {
      if (!isLate) throw tradingError("voiceTicketBusy");
      return { session, ticket };
    }
    requireOpen(session, ctx.now());
    if (isLate) throw tradingError("voiceTicketExpired");
    await tx.execute(sql`update voice_utterances set state = 'confirming' where id = ${intentId}::uuid`);
    return { session, ticket };
  });
}

function refusedAsBefore({ key, params }: Refusal): DomainError {
  const name = key.slice("trading.".length) as Parameters<typeof tradingError>[0];
  return tradingError(name, params as never);
}

interface Settlement {
  state: "confirmed" | "refused";
  event: Extract<VoiceEvent, { intentId: string }>;
  refusal: Refusal | null;
}

async function settle(ctx: Context, session: SessionRecord, { state, event, refusal }: Settlement): Promise<void> {
  const appended = await ctx.db.transaction(async (tx) => {
    const changed = rowsOf(
      await tx.execute(sql`
        update voice_utterances set state = ${state}, refusal = ${refusal === null ? null : JSON.stringify(refusal)}::jsonb
        where id = ${event.intentId}::uuid and state = 'confirming' returning 1 as one`),
    );
    return changed.length === 0 ? null : appendToLogs(tx, [voiceEntry(session, event)]);
  });
  if (appended) publishAppended(ctx.bus, appended);
}

/** Drops a ticket, or all that wait; a repeat changes nothing. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function cancelVoice(ctx: Context, { sessionId, intentId }: CancelInput): Promise<void> {
  const appended = await ctx.db.transaction(async (tx) => {
    const session = await requireSession(ctx, tx, { sessionId, access: "write", isLocked: true });
    if (intentId !== undefined && !(await findTicket(tx, sessionId, intentId)))
      throw tradingError("voiceTicketNotFound");
    const at = ctx.now().toISOString();
    return appendToLogs(tx, await cancelDrafts(tx, session, { reason: "said", at, intentId }));
  });
  publishAppended(ctx.bus, appended);
}
