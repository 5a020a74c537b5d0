import { type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { Database } from "./database.ts";
import { countChanged } from "./rows.ts";

/** Rows of one statement at most, so that none holds its locks for long. */
export const BATCH_ROWS = 5_000;

interface OldRows {
  table: PgTable;
  where: SQL;
  /** Runs first in the transaction of each batch. */
  prepare?: SQL | undefined;
}

/** Deletes rows, at most 5,000 a statement, each batch in a transaction of its own. @returns how many */
export async function deleteInBatches(db: Database, { table, where, prepare }: OldRows): Promise<number> {
  for (let total = 0; ; ) {
    const count = await db.transaction(async (tx) => {
      if (prepare) await tx.execute(prepare);
      return countChanged(
        tx,
        sql`delete from ${table} where ctid = any(array(select ctid from ${table} where ${where} limit ${BATCH_ROWS}))`,
      );
    });
    total += count;
    if (count < BATCH_ROWS) return total;
  }
}
