import type { Transaction } from "@pult/db/database.ts";
import { countChanged, rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { AudioEvent } from "../../audio/audio.ts";
import { isStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import { tradingError } from "../errors.ts";
import { roomEntry } from "../events.ts";
import { findMember } from "../rooms/members.ts";
import { isoOf, lockRooms } from "../rooms/rows.ts";
import { findOwnMember, requireRoom } from "../rooms/state.ts";
import type { RoomInput } from "../schema.ts";
import { actingTrader, holdTraders, lockTraders, shownTrader } from "../traders.ts";
import { roomOfAudio } from "./audio-rooms.ts";
import { findRight, oweRight } from "./rights.ts";
import type { RaiseHandInput, VoiceParticipant } from "./schema.ts";
import { maySpeakAt } from "./session-rows.ts";

/**
 * Who is in the audio of a room, who may speak and who asks to.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for a trader who is not in the room, `NOT_FOUND`
 */
export async function listParticipants(ctx: Context, { roomId }: RoomInput): Promise<VoiceParticipant[]> {
  await requireRoom(ctx, roomId);
  if (!isStaff(ctx.actor, "trading:read")) {
    const member = await findOwnMember(ctx, { roomId });
    if (!member?.record.isMember) throw tradingError(member?.record.isRemoved ? "removed" : "notJoined");
  }
  const rows = rowsOf<Omit<VoiceParticipant, "userId"> & { userId: string | null }>(
    await ctx.db.execute(sql`
      select * from (
        select m.trader_id as "traderId", t.user_id as "userId", t.name, ${maySpeakAt(ctx.now())} as "isSpeaker",
          exists (select 1 from voice_connections c where c.room_id = m.room_id and c.trader_id = m.trader_id
            and c.joined_at is not null and c.left_at is null) as "isConnected", ${isoOf("m.hand_raised_at")} as "handRaisedAt"
        from room_members m join traders t on t.id = m.trader_id join rooms r on r.id = m.room_id
        where m.room_id = ${roomId}::uuid and m.left_at is null and m.removed_at is null) x
      where "isConnected" or "isSpeaker" or "handRaisedAt" is not null
      order by "isSpeaker" desc, "handRaisedAt" nulls last, "traderId" limit 500`),
  );
  return rows.map(({ traderId, userId, name, ...row }) => ({
    ...shownTrader({ id: traderId, userId, name }),
    ...row,
  }));
}

/** Asks to speak, or no longer; a repeat changes nothing. @throws DomainError as `listParticipants`, `CONFLICT` for a closed room */
export async function raiseHand(ctx: Context, { roomId, isRaised, ...input }: RaiseHandInput): Promise<void> {
  const { key } = actingTrader(ctx, input, "write");
  const at = ctx.now().toISOString();
  const appended = await ctx.db.transaction(async (tx) => {
    const room = (await lockRooms(tx, [roomId])).get(roomId);
    if (!room) throw tradingError("roomNotFound");
    const trader = (await lockTraders(tx, [key])).get(key);
    const member = trader && (await findMember(tx, roomId, trader));
    if (!trader || !member?.isMember) throw tradingError(member?.isRemoved ? "removed" : "notJoined");
    if (room.status === "closed") throw tradingError("closed");
    const changed = await countChanged(
      tx,
      sql`update room_members set hand_raised_at = ${isRaised ? at : null}::timestamptz
        where room_id = ${roomId}::uuid and trader_id = ${trader.id}::uuid and (hand_raised_at is null) = ${isRaised}`,
    );
    if (changed === 0) return null;
    const type = isRaised ? "handRaised" : "handLowered";
    return appendToLogs(tx, [roomEntry(roomId, { type, ...shownTrader(trader), at })]);
  });
  if (appended) publishAppended(ctx.bus, appended);
}

/** Keeps who is in the audio of a room, in whatever order and however often events come. */
export async function applyAudioEvent(
  ctx: Pick<Context, "db" | "bus" | "audio" | "now">,
  event: AudioEvent,
): Promise<void> {
  const roomId = roomOfAudio(event.room);
  if (roomId === null) return;
  const appended = await ctx.db.transaction(async (tx) => {
    if (!(await lockRooms(tx, [roomId])).has(roomId)) return null;
    const before = await connectedIn(tx, roomId);
    // Before a row refers to them, or an erasure and this would wait for each other.
    const traders = await (event.type === "finished" ? holdTraders(tx, before) : lockTraders(tx, [event.identity]));
    if (event.type === "finished") await endConnections(tx, { roomId, at: event.at });
    else for (const { id: traderId } of traders.values()) await storeConnection(tx, ctx, { roomId, traderId, event });
    const after = await connectedIn(tx, roomId);
    const at = event.at.toISOString();
    const changed = [...traders.values()].filter(({ id }) => before.has(id) !== after.has(id));
    return appendToLogs(
      tx,
      changed.map((trader) =>
        roomEntry(roomId, { type: after.has(trader.id) ? "enteredVoice" : "leftVoice", ...shownTrader(trader), at }),
      ),
    );
  });
  if (!appended) return;
  publishAppended(ctx.bus, appended);
  publishDue(ctx.bus);
}

/** Ends the connections in a room that began before, or those of a trader beside a new one. */
async function endConnections(
  tx: Transaction,
  { roomId, at, beside }: { roomId: string; at: Date; beside?: { traderId: string; sid: string } },
): Promise<void> {
  const which = beside ? sql`trader_id = ${beside.traderId}::uuid and sid <> ${beside.sid}` : sql`true`;
  await tx.execute(sql`
    update voice_connections set left_at = ${at.toISOString()}::timestamptz
    where room_id = ${roomId}::uuid and left_at is null and joined_at <= ${at.toISOString()}::timestamptz and ${which}`);
}

async function storeConnection(
  tx: Transaction,
  ctx: Pick<Context, "audio" | "now">,
  { roomId, traderId, event }: { roomId: string; traderId: string; event: Exclude<AudioEvent, { type: "finished" }> },
): Promise<void> {
  const { sid, at } = event;
  const column = sql.raw(event.type === "joined" ? "joined_at" : "left_at");
  await tx.execute(sql`
    insert into voice_connections (sid, room_id, trader_id, ${column})
    values (${sid}, ${roomId}::uuid, ${traderId}::uuid, ${at.toISOString()}::timestamptz)
    on conflict (sid) do update set ${column} = coalesce(voice_connections.${column}, excluded.${column})`);
  if (event.type === "left") return;
  // LiveKit keeps one connection of an identity in a room, and may never tell of the end of the one before.
  await endConnections(tx, { roomId, at, beside: { traderId, sid } });
  // One who enters with a token of before a moderator's change may do there what they may do here.
  const known = await findRight(tx, ctx.now(), { roomId, traderId });
  if (known && known.right !== (event.maySpeak ? "speak" : "hear")) await oweRight(tx, ctx, { roomId, traderId });
}

/** Ids of traders. */
async function connectedIn(tx: Transaction, roomId: string): Promise<Set<string>> {
  const rows = rowsOf<{ id: string }>(
    await tx.execute(sql`
      select distinct trader_id as id from voice_connections
      where room_id = ${roomId}::uuid and joined_at is not null and left_at is null`),
  );
  return new Set(rows.map(({ id }) => id));
}

/** Forgets connections a day after their end. */
export async function sweepConnections({ db, now }: Context): Promise<void> {
  const before = new Date(now().getTime() - 86_400_000).toISOString();
  await db.execute(sql`delete from voice_connections where left_at < ${before}::timestamptz`);
}
