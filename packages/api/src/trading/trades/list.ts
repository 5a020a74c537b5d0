import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { requireRoom } from "../rooms/state.ts";
import type { ListTradesInput, TradesPage } from "../schema.ts";
import { namedKey } from "../traders.ts";
import { selectTrades, toTrade } from "./rows.ts";

/** Trades of a room, newest first. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function listTrades(
  ctx: Context,
  { roomId, userId, cursor, limit }: ListTradesInput,
): Promise<TradesPage> {
  const room = await requireRoom(ctx, roomId);
  const before = cursor ? sql`d.sequence < ${cursor}::bigint` : sql`true`;
  const by = userId === undefined ? sql`true` : sql`t.key = ${namedKey(ctx, userId)}`;
  const rows = await selectTrades(
    ctx.db,
    sql`where d.room_id = ${room.id}::uuid and ${before} and ${by} order by d.sequence desc limit ${limit + 1}`,
  );
  const last = rows[limit - 1];
  return {
    trades: rows.slice(0, limit).map(toTrade),
    nextCursor: rows.length > limit && last ? String(last.sequence) : null,
  };
}
