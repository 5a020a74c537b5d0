import { rowsOf } from "@pult/db/rows.ts";
import { broadcasts } from "@pult/db/schema/notifications.ts";
import { eq, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { pause } from "../../pause.ts";
import { botLease } from "../../telegram/telegram.ts";
import type { WorkerSpec } from "../../workers.ts";
import { publish, tell, theOne } from "./changes.ts";
import { countTargets, noCounts } from "./rows.ts";
import { tellAuthor } from "./tell-author.ts";

/** How often staff is told how far broadcasts to customers have come. */
const TELL_MS = 1_000;
/** A paused one changes only while its last calls end. */
const PAUSED_TICKS = 30;

/** Counts what became of broadcasts to customers, and tells staff where that has changed. */
export async function updateProgress(ctx: Context, { withPaused = true } = {}): Promise<void> {
  const rows = rowsOf<{ id: string }>(
    await ctx.db.execute(sql`
      select id from broadcasts where (counts->>'pending')::int > 0 and starts_at <= ${ctx.now().toISOString()}::timestamptz
        and (state <> 'paused' or ${withPaused})`),
  );
  for (const { id } of rows) await updateCounts(ctx, id);
}

/** Counts before it locks the broadcast, which its lanes wait for; what was counted by a change meanwhile is newer. */
async function updateCounts(ctx: Context, id: string): Promise<void> {
  const isOf = eq(broadcasts.id, id);
  const [before] = await ctx.db.select({ counts: broadcasts.counts }).from(broadcasts).where(isOf);
  const counts = await countTargets(ctx.db, id);
  if (JSON.stringify({ ...noCounts(), ...before?.counts }) === JSON.stringify(counts)) return;
  await publish(ctx, async (tx) => {
    const [row] = await tx.select().from(broadcasts).where(isOf).for("update");
    if (!row || JSON.stringify(row.counts) !== JSON.stringify(before?.counts))
      return { broadcast: await theOne(tx, id), appended: null };
    await tx.update(broadcasts).set({ counts }).where(isOf);
    const hasEnded = counts.pending === 0 && row.state !== "cancelled";
    return tell(tx, id, hasEnded ? await tellAuthor(tx, row, { outcome: "ended", at: ctx.now() }) : []);
  });
}

/** On the node that sends. */
export const progressWorker: WorkerSpec = {
  name: "notifications.progress",
  lease: ({ telegram }) => (telegram ? botLease(telegram.botId) : "notifications"),
  async run(ctx, signal) {
    for (let tick = 0; !signal.aborted; tick++) {
      await updateProgress(ctx, { withPaused: tick % PAUSED_TICKS === 0 }).catch((error) =>
        ctx.log.warn({ err: error }, "Failed to count broadcasts"),
      );
      await pause(TELL_MS, signal);
    }
  },
};
