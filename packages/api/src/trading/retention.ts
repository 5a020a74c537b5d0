import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { Context } from "../context.ts";
import { cutLogs, publishAppended } from "../realtime/log.ts";
import type { LogTopic } from "../realtime/topic.ts";
import { sweepRows } from "../retention/sweep-rows.ts";
import type { RetentionRule } from "../slice.ts";

/** Sweeps rows by their age, and cuts the logs that still tell of what is as old, so that nothing of it is replayed. */
export const sweepWords =
  (
    { prefix }: Pick<LogTopic<never, unknown>, "prefix">,
    table: PgTable,
    where: (before: SQL) => SQL,
  ): RetentionRule["sweep"] =>
  async (ctx, options) => {
    const count = await sweepRows(table, where)(ctx, options);
    if (!options.dryRun) await cutOldLogs(ctx, prefix, options.before);
    return count;
  };

async function cutOldLogs({ db, bus }: Context, prefix: string, before: Date): Promise<void> {
  const cut = await db.transaction(async (tx) => {
    const old = rowsOf<{ topic: string }>(
      await tx.execute(sql`
        select distinct topic from topic_events
        where created_at < ${before.toISOString()}::timestamptz and starts_with(topic, ${`${prefix}:`})`),
    );
    const topics = old.map(({ topic }) => topic);
    return topics.length > 0 ? cutLogs(tx, topics) : null;
  });
  if (cut) publishAppended(bus, cut);
}
