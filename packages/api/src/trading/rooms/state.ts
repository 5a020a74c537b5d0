import { sql } from "drizzle-orm";
import { isStaff, requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { malformed } from "../../errors.ts";
import { isUtcInstant } from "../../storable.ts";
import { selectMessages } from "../chat/rows.ts";
import { tradingError } from "../errors.ts";
import type { ListRoomsInput, MemberInput, Membership, RoomState, RoomsPage } from "../schema.ts";
import { selectTraders, selfOf, viewedTrader } from "../traders.ts";
import { readDayVolumes } from "../trades/candles.ts";
import { selectTrades, toTrade } from "../trades/rows.ts";
import { selectSpoken } from "../voice/spoken.ts";
import { countMembers, countMembersOf, findMember, type MemberRecord } from "./members.ts";
import { findRoom, type RoomRecord, selectRooms, toSummary } from "./rows.ts";

/** Trades, messages and spoken words that a state holds, each. */
const STATE_SIZE = 50;

/** @throws DomainError `UNAUTHORIZED` when anonymous, `FORBIDDEN` for staff and keys without the scope */
export function requireReader({ actor }: Pick<Context, "actor">): void {
  if (actor.kind !== "customer") requireStaff(actor, "trading:read");
}

/** @throws DomainError as `requireReader`, `NOT_FOUND` */
export async function requireRoom(ctx: Context, roomId: string): Promise<RoomRecord> {
  requireReader(ctx);
  const room = await findRoom(ctx.db, roomId);
  if (!room) throw tradingError("roomNotFound");
  return room;
}

/** Rooms, newest first. @throws DomainError as `requireReader` */
export async function listRooms(ctx: Context, { status, cursor, limit }: ListRoomsInput): Promise<RoomsPage> {
  requireReader(ctx);
  const before = cursor ? parseCursor(cursor) : null;
  const rows = await selectRooms(
    ctx.db,
    sql`where ${status ? sql`r.status = ${status}` : sql`true`} and ${
      before ? sql`(r.created_at, r.id) < (${before.at}::timestamptz, ${before.id}::uuid)` : sql`true`
    } order by r.created_at desc, r.id desc limit ${limit + 1}`,
  );
  const listed = rows.slice(0, limit);
  const last = listed[limit - 1];
  const members = await countMembersOf(
    ctx.db,
    listed.map(({ id }) => id),
  );
  return {
    rooms: listed.map((room) => ({ ...toSummary(room), members: members.get(room.id) ?? 0 })),
    nextCursor: rows.length > limit && last ? `${last.createdAt},${last.id}` : null,
  };
}

const CURSOR = /^(\d{4}-\d\d-\d\dT[\d:.]{12}Z),([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function parseCursor(cursor: string): { at: string; id: string } {
  const [, at, id] = CURSOR.exec(cursor) ?? [];
  if (!at || !id || !isUtcInstant(at)) throw malformed("Invalid cursor; start again without one");
  return { at, id };
}

/**
 * A room as it is now, with the caller's place in it.
 * @throws DomainError as `requireRoom`
 */
export async function getRoom(ctx: Context, input: MemberInput): Promise<RoomState> {
  const room = await requireRoom(ctx, input.roomId);
  const member = await findOwnMember(ctx, input);
  const mayHear = isStaff(ctx.actor, "trading:read") || member?.record.isMember === true;
  const [counts, dayVolumes, trades, messages, spoken] = await Promise.all([
    countMembers(ctx, room.id),
    readDayVolumes(ctx.db, [room.id], ctx.now()),
    selectTrades(ctx.db, sql`where d.room_id = ${room.id}::uuid order by d.sequence desc limit ${STATE_SIZE}`),
    mayHear
      ? selectMessages(ctx.db, sql`where m.room_id = ${room.id}::uuid order by m.id desc limit ${STATE_SIZE}`)
      : [],
    mayHear
      ? selectSpoken(
          ctx.db,
          sql`where u.heard_in = ${room.id}::uuid order by u.created_at desc, u.id desc limit ${STATE_SIZE}`,
        )
      : [],
  ]);
  return {
    ...toSummary(room),
    ...counts,
    dayVolume: String(dayVolumes.get(room.id) ?? 0n),
    messages: messages.reverse(),
    trades: trades.map(toTrade).reverse(),
    spoken: spoken.reverse(),
    me: member ? toMembership(member) : null,
  };
}

/** Whether the caller hears what is written and said in a room: staff and members do. @throws DomainError as `viewedTrader` */
export async function mayHearRoom(ctx: Context, input: MemberInput): Promise<boolean> {
  return isStaff(ctx.actor, "trading:read") || (await findOwnMember(ctx, input))?.record.isMember === true;
}

interface OwnMember {
  userId: string;
  record: MemberRecord;
}

/** The caller in the room, or the trader that they name; null for one who never joined, and for staff who name none. */
export async function findOwnMember(ctx: Context, input: MemberInput): Promise<OwnMember | null> {
  if (input.userId === undefined && !selfOf(ctx.actor)) return null;
  const { key } = viewedTrader(ctx, input);
  const trader = (await selectTraders(ctx.db, [key])).get(key);
  const record = trader ? await findMember(ctx.db, input.roomId, trader) : null;
  return trader && record ? { userId: trader.userId, record } : null;
}

function toMembership({ userId, record }: OwnMember): Membership {
  const { traderId, isMember, isRemoved, mutedUntil, sol, token } = record;
  return { traderId, userId, isMember, isRemoved, mutedUntil, balances: { sol: String(sol), token: String(token) } };
}
