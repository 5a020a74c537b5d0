import { bigintsIn, rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { publishDue } from "../outbox/outbox.ts";
import { appendToLogs, lockLogs, publishAppended } from "../realtime/log.ts";
import { listKey, listTopic } from "./events.ts";
import type { Reader } from "./kinds.ts";
import { owePushes } from "./notify.ts";
import { changedEntries, updateNotices, wake } from "./rows.ts";

/** How many notices one pass of the worker changes. */
const UPKEEP_SIZE = 500;

/** Ends snoozes whose time has come, and marks as read what has expired. */
export async function keepUp(ctx: Context): Promise<void> {
  const now = sql`${ctx.now().toISOString()}::timestamptz`;
  const due = rowsOf<{ id: number; personId: string; reader: Reader }>(
    await ctx.db.execute(sql`
      select id, person_id as "personId", reader from notices
      where snoozed_until <= ${now} or (read_at is null and expires_at <= ${now}) order by id limit ${UPKEEP_SIZE}`),
  );
  if (due.length === 0) return;
  const { owes, appended } = await ctx.db.transaction(async (tx) => {
    await lockLogs(
      tx,
      due.map(({ reader, personId }) => listTopic.name(listKey(reader, personId))),
    );
    const mine = sql`n.id in ${bigintsIn(due.map(({ id }) => id))}`;
    const expired = await updateNotices(
      tx,
      sql`read_at = ${now}, snoozed_until = null`,
      sql`${mine} and n.read_at is null and n.expires_at <= ${now}`,
    );
    const woken = await updateNotices(tx, wake(now), sql`${mine} and n.snoozed_until <= ${now}`);
    const owes = await owePushes(
      tx,
      woken.filter(({ readAt }) => readAt === null),
      ctx.now(),
    );
    return { owes, appended: await appendToLogs(tx, await changedEntries(tx, [...expired, ...woken])) };
  });
  publishAppended(ctx.bus, appended);
  if (owes) publishDue(ctx.bus);
}
