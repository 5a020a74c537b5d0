import type { Database } from "@pult/db/database.ts";
import { countWhere, deleteInBatches } from "@pult/db/delete-in-batches.ts";
import { outbox, pushAttempts, telegramUpdates } from "@pult/db/schema/support.ts";
import { type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";

export type OldSupportKind = "pushAttempts" | "telegramUpdates" | "finishedOutbox";

const instant = (before: Date): SQL => sql`${before.toISOString()}::timestamptz`;

/** What the desk keeps for a while only; failed deliveries stay, so that they can be retried. */
const OLD: Record<OldSupportKind, { table: PgTable; where(before: Date): SQL }> = {
  pushAttempts: { table: pushAttempts, where: (before) => sql`attempted_at < ${instant(before)}` },
  telegramUpdates: { table: telegramUpdates, where: (before) => sql`processed_at < ${instant(before)}` },
  finishedOutbox: {
    table: outbox,
    where: (before) => sql`state not in ('pending', 'failed') and finished_at < ${instant(before)}`,
  },
};

/** Deletes what is older, or counts it. @returns how many rows */
export async function sweepSupport(
  db: Database,
  kind: OldSupportKind,
  { before, dryRun }: { before: Date; dryRun: boolean },
): Promise<number> {
  const { table, where } = OLD[kind];
  const rows = { table, where: where(before) };
  return dryRun ? countWhere(db, rows) : deleteInBatches(db, rows);
}
