import { telegramSessions } from "@pult/db/schema/chats.ts";
import { and, isNotNull, isNull, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { publishChanges, storeChanges } from "./announce.ts";
import { LINK_TIMES } from "./links.ts";

/** Links that were not finished in time: new ones go, accounts that were to be linked again are expired as before. */
export async function sweepLinks(ctx: Context): Promise<void> {
  const before = new Date(ctx.now().getTime() - LINK_TIMES.unfinishedMs).toISOString();
  const isStale = sql`status not in ('AUTHORIZED', 'EXPIRED') and updated_at < ${before}::timestamptz`;
  const changes = await ctx.db.transaction(async (tx) => {
    const gone = await tx
      .delete(telegramSessions)
      .where(and(isNull(telegramSessions.storeId), isStale))
      .returning({ id: telegramSessions.id });
    const changed = await tx
      .update(telegramSessions)
      .set({ status: "EXPIRED", codeHash: null, passwordHint: null, updatedAt: ctx.now() })
      .where(and(isNotNull(telegramSessions.storeId), isStale))
      .returning();
    if (gone.length + changed.length === 0) return null;
    return storeChanges(tx, ctx, { changed, gone: gone.map(({ id }) => id) });
  });
  if (changes) publishChanges(ctx, changes);
}
