import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";

/**
 * Reads what is stored of an account: from the replica where it holds the account's newest change, else from the database itself. So a reader
 * never gets less than what was told, or what they wrote.
 */
export async function readStore<Result>(
  { db, readers: { replica } }: Pick<Context, "db" | "readers">,
  storeId: string,
  read: (db: Database | Transaction) => Promise<Result>,
): Promise<Result> {
  if (!replica) return read(db);
  const newest = await versionOf(db, storeId);
  const copied = await replica.read(async (tx) => (await versionOf(tx, storeId)) === newest, read);
  return copied ? copied.result : read(db);
}

/** Changes with everything that an account's updates change: each of these transactions writes the row. */
async function versionOf(db: Database | Transaction, storeId: string): Promise<string | null> {
  const [row] = rowsOf<{ version: string }>(
    await db.execute(sql`select xmin::text as version from telegram_stores where id = ${storeId}`),
  );
  return row?.version ?? null;
}
