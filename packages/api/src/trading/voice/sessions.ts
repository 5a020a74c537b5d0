import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { identityOf } from "../../actor.ts";
import { isStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { appendToLogs, type NewEntry, publishAppended } from "../../realtime/log.ts";
import type { LogView } from "../../realtime/view.ts";
import { tradingError } from "../errors.ts";
import { voiceEntry, voiceTopic } from "../events.ts";
import { findMember } from "../rooms/members.ts";
import { findRoom } from "../rooms/rows.ts";
import { actingTrader, lockTraders } from "../traders.ts";
import { audioRoomOf } from "./audio-rooms.ts";
import type { EndReason, StartVoiceInput, VoiceEvent, VoiceSession, VoiceSessionInput, VoiceState } from "./schema.ts";
import { isIdle, requireSession, type SessionRecord, selectSessions } from "./session-rows.ts";
import { cancelDrafts, selectDrafts } from "./tickets.ts";

/**
 * Opens a session in which the trader's words are commands; with LiveKit, also a way into the room's audio. A repeat of a client id gets the
 * same session with a fresh token.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for a trader who is not in the room, `NOT_FOUND`, `CONFLICT` for a closed room, and for a
 *   session that is open elsewhere unless it is taken over
 */
export async function startVoice(ctx: Context, input: StartVoiceInput): Promise<VoiceSession> {
  const trader = actingTrader(ctx, input, "write");
  const { session, appended } = await ctx.db.transaction(async (tx) => {
    const traderId = await requireMember(tx, { ...input, traderKey: trader.key });
    const place = sql`where s.room_id = ${input.roomId}::uuid and s.trader_id = ${traderId}::uuid and s.ended_at is null`;
    const [open] = await selectSessions(tx, ctx.now(), sql`${place} for no key update of s`);
    const isSame = open !== undefined && open.clientId !== null && open.clientId === input.clientId;
    if (open && isSame && !isIdle(open, ctx.now())) return { session: open, appended: null };
    const entries = open ? await replace(tx, ctx, { open, isSame, takeOver: input.takeOver }) : [];
    const [row] = rowsOf<{ id: string }>(
      await tx.execute(sql`
        insert into voice_sessions (room_id, trader_id, client_id, started_at, active_at)
        select ${input.roomId}::uuid, ${traderId}::uuid, ${input.clientId ?? null}, x, x
        from (select ${ctx.now().toISOString()}::timestamptz as x) n returning id`),
    );
    const [session] = await selectSessions(tx, ctx.now(), sql`where s.id = ${row?.id ?? null}::uuid`);
    if (!session) throw new Error("A session was not stored");
    return { session, appended: await appendToLogs(tx, entries) };
  });
  if (appended) publishAppended(ctx.bus, appended);
  return admit(ctx, session);
}

/** Locks the trader, so that they are not erased meanwhile. @returns their id */
async function requireMember(
  tx: Transaction,
  { roomId, traderKey }: { roomId: string; traderKey: string },
): Promise<string> {
  const trader = (await lockTraders(tx, [traderKey])).get(traderKey);
  const room = await findRoom(tx, roomId);
  if (!room) throw tradingError("roomNotFound");
  const member = trader && (await findMember(tx, roomId, trader));
  if (member?.isRemoved) throw tradingError("removed");
  if (!trader || !member?.isMember) throw tradingError("notJoined");
  if (room.status === "closed") throw tradingError("closed");
  return trader.id;
}

async function replace(
  tx: Transaction,
  ctx: Context,
  { open, isSame, takeOver }: { open: SessionRecord; isSame: boolean; takeOver: boolean },
): Promise<NewEntry[]> {
  const idle = isIdle(open, ctx.now());
  if (!idle && !isSame && !takeOver) throw tradingError("voiceOpenElsewhere", { since: open.activeAt });
  return endSession(tx, ctx, { session: open, reason: idle ? "idle" : "takenOver" });
}

/** @returns what the trader is told */
async function endSession(
  tx: Transaction,
  ctx: Context,
  { session, reason }: { session: SessionRecord; reason: EndReason },
): Promise<NewEntry[]> {
  const at = ctx.now().toISOString();
  await tx.execute(sql`update voice_sessions set ended_at = ${at}::timestamptz where id = ${session.id}::uuid`);
  const cancelled = await cancelDrafts(tx, session, { reason: "ended", at });
  return [...cancelled, voiceEntry(session, { type: "ended", sessionId: session.id, at, reason })];
}

async function admit({ audio }: Context, session: SessionRecord): Promise<VoiceSession> {
  const { id: sessionId, maySpeak, traderId, traderKey, name } = session;
  if (audio === null || traderKey === null) return { sessionId, liveKitToken: null, url: null, maySpeak };
  const grant = { room: audioRoomOf(session.roomId), identity: traderKey, traderId, name, maySpeak };
  return { sessionId, liveKitToken: await audio.grant(grant), url: audio.url, maySpeak };
}

/** Ends a session, and drops its drafts; a repeat changes nothing. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function leaveVoice(ctx: Context, { sessionId }: VoiceSessionInput): Promise<void> {
  const appended = await ctx.db.transaction(async (tx) => {
    const session = await requireSession(ctx, tx, { sessionId, access: "write", isLocked: true });
    if (session.endedAt !== null) return null;
    return appendToLogs(tx, await endSession(tx, ctx, { session, reason: "left" }));
  });
  if (appended) publishAppended(ctx.bus, appended);
}

/** What happens in the trader's sessions in a room. @throws DomainError as `leaveVoice` */
export async function followVoice(ctx: Context, input: VoiceSessionInput): Promise<LogView<VoiceEvent, VoiceState>> {
  const asked = { sessionId: input.sessionId, access: "read" } as const;
  const { id, roomId, traderId, traderKey } = await requireSession(ctx, ctx.db, asked);
  return {
    kind: "log",
    topic: voiceTopic.name(`${roomId}:${traderId}`),
    viewer: "reader",
    mayRead: (actor) => (actor.kind === "apiKey" ? isStaff(actor, "trading:read") : identityOf(actor) === traderKey),
    present: (payload) => payload as VoiceEvent,
    async snapshot() {
      const session = await requireSession(ctx, ctx.db, asked);
      const isOpen = session.endedAt === null && !isIdle(session, ctx.now());
      return { sessionId: id, isOpen, tickets: isOpen ? await selectDrafts(ctx.db, id, ctx.now()) : [] };
    },
  };
}
