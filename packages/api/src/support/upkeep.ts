import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { sweepFiles } from "../media/files.ts";
import { trimLogs } from "../realtime/log.ts";
import { setStatus } from "./agent-service.ts";
import { conversationTopic, customerTopic, inboxTopic } from "./events.ts";

/** Opens snoozed conversations whose time has come. */
export async function wakeSnoozed(ctx: Context): Promise<void> {
  const due = rowsOf<{ id: number | string }>(
    await ctx.db.execute(sql`
      select id from conversations where status = 'snoozed' and snoozed_until <= ${ctx.now().toISOString()}::timestamptz limit 100`),
  );
  for (const { id } of due) await setStatus(ctx, { conversationId: Number(id), status: "open" });
}

/** Drops what nobody can need any more: old log events and unsent uploads. What is kept for a time only goes by `sweepByRetention`. */
export async function sweepOld(ctx: Context): Promise<void> {
  await trimLogs(ctx.db, [conversationTopic, customerTopic, inboxTopic]);
  await sweepFiles(ctx);
}
