import { type SQL, sql } from "drizzle-orm";
import type { Transaction } from "./database.ts";

/** Rows of `db.execute`: postgres.js answers an array, PGlite an object that holds it. */
export function rowsOf<Row>(result: unknown): Row[] {
  if (Array.isArray(result)) return result as Row[];
  return (result as { rows: Row[] }).rows;
}

/** Values as a list for `in`, in one parameter. */
export const textsIn = (values: readonly string[]): SQL =>
  sql`(select * from jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))`;
export const uuidsIn = (ids: readonly string[]): SQL =>
  sql`(select x::uuid from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) x)`;
export const bigintsIn = (ids: readonly number[]): SQL =>
  sql`(select x::bigint from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) x)`;

/** Runs an `update` or a `delete`. @returns how many rows it changed, without carrying them here */
export async function countChanged(tx: Transaction, statement: SQL): Promise<number> {
  const [row] = rowsOf<{ count: number }>(
    await tx.execute(sql`with changed as (${statement} returning 1) select count(*) as count from changed`),
  );
  return row?.count ?? 0;
}

/** Deletes rows. @returns how many */
export const removeRows = (tx: Transaction, table: string, where: SQL): Promise<number> =>
  countChanged(tx, sql`delete from ${sql.identifier(table)} where ${where}`);
