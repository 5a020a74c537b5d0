import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { trimLogs } from "../realtime/log.ts";
import { setStatus } from "./agent-service.ts";
import { conversationTopic, customerTopic, inboxTopic } from "./events.ts";
import { removeUnattached } from "./media-service.ts";

const OUTBOX_DAYS_KEPT = 30;

/** Opens snoozed conversations whose time has come. */
export async function wakeSnoozed(ctx: Context): Promise<void> {
  const due = rowsOf<{ id: number | string }>(
    await ctx.db.execute(sql`
      select id from conversations where status = 'snoozed' and snoozed_until <= ${ctx.now().toISOString()}::timestamptz limit 100`),
  );
  for (const { id } of due) await setStatus(ctx, { conversationId: Number(id), status: "open" });
}

/** Drops what nobody can need any more: old log events, finished deliveries, worked-off updates, ended sessions, unsent uploads. */
export async function sweepOld(ctx: Context): Promise<void> {
  const before = new Date(ctx.now().getTime() - OUTBOX_DAYS_KEPT * 24 * 60 * 60_000).toISOString();
  await trimLogs(ctx.db, [conversationTopic, customerTopic, inboxTopic]);
  await ctx.db.execute(
    sql`delete from outbox where state <> 'pending' and state <> 'failed' and finished_at < ${before}::timestamptz`,
  );
  await ctx.db.execute(sql`delete from telegram_updates where processed_at < ${before}::timestamptz`);
  await ctx.db.execute(sql`delete from push_attempts where attempted_at < ${before}::timestamptz`);
  await ctx.db.execute(sql`delete from sessions where expires_at < ${before}::timestamptz`);
  await removeUnattached(ctx);
}
