import { deleteInBatches } from "@pult/db/delete-in-batches.ts";
import { type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { RetentionRule } from "../slice.ts";

/**
 * Sweeps the rows of a table by their age alone.
 * @param where which rows are older than `before`
 * @param prepare runs first in the transaction of each batch
 */
export const sweepRows =
  (table: PgTable, where: (before: SQL) => SQL, prepare?: SQL): RetentionRule["sweep"] =>
  ({ db }, { before, dryRun }) => {
    const old = where(sql`${before.toISOString()}::timestamptz`);
    return dryRun ? db.$count(table, old) : deleteInBatches(db, { table, where: old, prepare });
  };
