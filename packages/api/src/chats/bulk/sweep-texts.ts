import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { RetentionRule } from "../../slice.ts";

/** Rows that one transaction changes. */
const AT_ONCE = 2_000;

/**
 * Takes the words out of what ended bulk messages said to each contact. Who got them, when and why not stays: it counts for limits, and no one
 * gets the same twice.
 */
export const sweepTexts: RetentionRule["sweep"] = async ({ db }, { before, dryRun }) => {
  const old = sql`
    select r.id from telegram_bulk_recipients r join telegram_bulks b on b.id = r.bulk_id
    where r.text <> '' and b.state in ('done', 'cancelled') and coalesce(b.finished_at, b.updated_at) < ${before.toISOString()}::timestamptz`;
  if (dryRun)
    return (
      rowsOf<{ count: number }>(await db.execute(sql`select count(*)::int as count from (${old}) o`))[0]?.count ?? 0
    );
  let total = 0;
  for (let isDone = false; !isDone; ) {
    const changed = rowsOf(
      await db.execute(sql`
        update telegram_bulk_recipients set text = '', entities = '[]'::jsonb where id in (${old} limit ${AT_ONCE}) returning 1`),
    );
    total += changed.length;
    isDone = changed.length < AT_ONCE;
  }
  return total;
};
