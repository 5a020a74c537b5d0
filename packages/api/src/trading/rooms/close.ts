import { sql } from "drizzle-orm";
import { isUnproven } from "../../actor.ts";
import { recordAudit } from "../../auth/audit.ts";
import { isStaff, requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import { tradingError } from "../errors.ts";
import { roomEntry } from "../events.ts";
import type { RoomInput, RoomSummary } from "../schema.ts";
import { selectTraders, selfOf } from "../traders.ts";
import { oweRight } from "../voice/rights.ts";
import { lockRooms, type RoomRecord, toSummary } from "./rows.ts";

/**
 * Ends trade and talk in a room; everyone keeps what they have there. A repeat changes nothing.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for others than its creator and staff, `NOT_FOUND`
 */
export async function closeRoom(ctx: Context, { roomId }: RoomInput): Promise<RoomSummary> {
  const at = ctx.now().toISOString();
  const { room, appended } = await ctx.db.transaction(async (tx) => {
    const room = (await lockRooms(tx, [roomId])).get(roomId);
    if (!room) throw tradingError("roomNotFound");
    await requireOwner(ctx, tx, room);
    if (room.status === "closed") return { room, appended: null };
    await tx.execute(
      sql`update rooms set status = 'closed', closed_at = ${at}::timestamptz where id = ${roomId}::uuid`,
    );
    await oweRight(tx, ctx, { roomId, traderId: null });
    await recordAudit(tx, ctx, { action: "rooms.closed", target: { kind: "room", id: roomId } });
    const closed: RoomRecord = { ...room, status: "closed", closedAt: at };
    return { room: closed, appended: await appendToLogs(tx, [roomEntry(roomId, { type: "closed", at })]) };
  });
  if (appended) {
    publishAppended(ctx.bus, appended);
    publishDue(ctx.bus);
  }
  return toSummary(room);
}

async function requireOwner(
  ctx: Context,
  tx: Parameters<typeof selectTraders>[0],
  { creatorId }: RoomRecord,
): Promise<void> {
  if (isStaff(ctx.actor, "trading:write")) return;
  const self = isUnproven(ctx.actor) ? null : selfOf(ctx.actor);
  const trader = self ? (await selectTraders(tx, [self.key])).get(self.key) : undefined;
  if (creatorId === null || trader?.id !== creatorId) requireStaff(ctx.actor, "trading:write");
}
