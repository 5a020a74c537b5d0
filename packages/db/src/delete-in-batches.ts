import { type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { Database } from "./database.ts";
import { rowsOf } from "./rows.ts";

/** Rows of one statement at most, so that none holds its locks for long. */
export const BATCH_ROWS = 5_000;

interface OldRows {
  table: PgTable;
  where: SQL;
  /** Runs first in the transaction of each batch. */
  prepare?: SQL;
}

/** @returns how many rows there are */
export async function countWhere(db: Database, { table, where }: OldRows): Promise<number> {
  const [row] = rowsOf<{ count: number }>(await db.execute(sql`select count(*) as count from ${table} where ${where}`));
  return row?.count ?? 0;
}

/** Deletes rows, at most 5,000 a statement, each batch in a transaction of its own. @returns how many */
export async function deleteInBatches(db: Database, { table, where, prepare }: OldRows): Promise<number> {
  for (let total = 0; ; ) {
    const count = await db.transaction(async (tx) => {
      if (prepare) await tx.execute(prepare);
      const [row] = rowsOf<{ count: number }>(
        await tx.execute(sql`
          with gone as (
            delete from ${table} where ctid = any(array(select ctid from ${table} where ${where} limit ${BATCH_ROWS})) returning 1)
          select count(*) as count from gone`),
      );
      return row?.count ?? 0;
    });
    total += count;
    if (count < BATCH_ROWS) return total;
  }
}
