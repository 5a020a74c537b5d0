import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { setStatus } from "./agent-service.ts";

/** Opens snoozed conversations whose time has come. */
export async function wakeSnoozed(ctx: Context): Promise<void> {
  const due = rowsOf<{ id: number }>(
    await ctx.db.execute(sql`
      select id from conversations where status = 'snoozed' and snoozed_until <= ${ctx.now().toISOString()}::timestamptz limit 100`),
  );
  for (const { id } of due) await setStatus(ctx, { conversationId: id, status: "open" });
}
