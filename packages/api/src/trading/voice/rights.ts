import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { AudioRight } from "../../audio/audio.ts";
import type { Context } from "../../context.ts";
import { enqueue, type OutboxHandler, type OutboxItem } from "../../outbox/outbox.ts";
import { backoffMs } from "../../outbox/worker.ts";
import { audioRoomOf } from "./audio-rooms.ts";
import { maySpeakAt } from "./session-rows.ts";

const payload = z.object({
  roomId: z.uuid(),
  /** Null for everyone, of a room that is closed. */
  traderId: z.uuid().nullable(),
});
type Payload = z.infer<typeof payload>;

const LEASE = "audio";

/**
 * Owes the audio server what a member may do from now on, because a token they hold lets them in and speak for some minutes more. What that is
 * is read when the call is made. Nothing where there is no audio; `publishDue` after the commit.
 * @param until when it changes once more by itself, as at the end of a mute
 */
export async function oweRight(
  tx: Transaction,
  { audio, now }: Pick<Context, "audio" | "now">,
  { roomId, traderId, until = null }: Payload & { until?: Date | null },
): Promise<void> {
  if (audio === null) return;
  const itemOf = (dueAt: Date, queue: string): OutboxItem<Payload> => ({
    ...{ queue, kind: "trading.audioRight", lease: LEASE, priority: "normal", dueAt, replaces: "right" },
    ...{ payload: { roomId, traderId }, subject: `trading.room:${roomId}`, personId: null, route: "audio" },
  });
  const queue = `audio:${roomId}:${traderId ?? "all"}`;
  await enqueue(tx, [itemOf(now(), queue), ...(until ? [itemOf(until, `${queue}:later`)] : [])]);
}

export const rightHandler: OutboxHandler<Payload> = {
  schema: payload,
  lease: () => LEASE,
  buckets: () => [],
  async deliver({ audio, db, now }, { payload: { roomId, traderId }, attempts }) {
    if (audio === null) return { state: "done" };
    const room = audioRoomOf(roomId);
    const member = traderId === null ? null : await findRight(db, now(), { roomId, traderId });
    if (traderId !== null && member === null) return { state: "done" };
    const failed = await (member ? audio.setRight({ room, ...member }) : audio.close(room));
    return failed ? { state: "wait", scope: "item", delayMs: backoffMs(attempts), ...failed } : { state: "done" };
  },
  settled: async () => [],
};

/** @returns null for one who was erased, or was never in the room */
export async function findRight(
  db: Database | Transaction,
  now: Date,
  { roomId, traderId }: { roomId: string; traderId: string },
): Promise<{ identity: string; right: AudioRight } | null> {
  const [row] = rowsOf<{ identity: string; mayHear: boolean; maySpeak: boolean }>(
    await db.execute(sql`
      select t.key as identity, m.left_at is null and m.removed_at is null and r.status <> 'closed' as "mayHear",
        ${maySpeakAt(now)} as "maySpeak"
      from room_members m join traders t on t.id = m.trader_id join rooms r on r.id = m.room_id
      where m.room_id = ${roomId}::uuid and m.trader_id = ${traderId}::uuid and t.key is not null`),
  );
  if (!row) return null;
  return { identity: row.identity, right: !row.mayHear ? "none" : row.maySpeak ? "speak" : "hear" };
}
