import { type SQL, sql } from "drizzle-orm";
import type { Transaction } from "../database.ts";
import { rowsOf } from "../rows.ts";

export interface Column {
  name: string;
  /** As SQL writes it: `bigint`, `text[]`, `timestamp with time zone`. */
  type: string;
  /** What numbers it, where it is numbered. */
  sequence: string | null;
}

export interface Table {
  name: string;
  columns: Column[];
}

/** Tables of running nodes: neither backed up nor replaced by a restore. */
const OF_NODES: readonly string[] = ["leases", "notification_nodes", "status_samples"];

export const isOfNodes = (table: string): boolean => OF_NODES.includes(table);

/** The tables that a backup holds. */
export const describeTables = async (tx: Transaction): Promise<Table[]> =>
  (await describeAllTables(tx)).filter(({ name }) => !isOfNodes(name));

/** Every table of ours as the database itself describes it, by name; the list of migrations is not among them. */
export async function describeAllTables(tx: Transaction): Promise<Table[]> {
  const rows = rowsOf<{ table: string; name: string; type: string; sequence: string | null }>(
    await tx.execute(sql`
      select c.relname as "table", a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
             pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) as sequence
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      where n.nspname = 'public' and c.relkind = 'r'
      order by c.relname collate "C", a.attnum`),
  );
  const tables = new Map<string, Table>();
  for (const { table: name, ...column } of rows) {
    const table = tables.get(name) ?? { name, columns: [] };
    table.columns.push(column);
    tables.set(name, table);
  }
  return [...tables.values()];
}

/** References between tables, which are checked at the end instead of row by row while tables are filled. */
export async function referencesOf(tx: Transaction): Promise<{ table: string; constraint: string }[]> {
  return rowsOf<{ table: string; constraint: string }>(
    await tx.execute(sql`
      select c.relname as "table", k.conname as "constraint"
      from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
      where k.contype = 'f' and n.nspname = 'public' and not k.condeferrable
      order by c.relname, k.conname`),
  );
}

/** The last number that a sequence gave out; `0` for none. */
export async function lastNumberOf(tx: Transaction, sequence: string): Promise<string> {
  const [row] = rowsOf<{ last: string | null }>(
    await tx.execute(sql`select pg_sequence_last_value(${sequence}::regclass)::text as last`),
  );
  return row?.last ?? "0";
}

/** Names in a statement, quoted. */
export const namesOf = (names: readonly string[]): SQL =>
  sql.join(
    names.map((name) => sql.identifier(name)),
    sql`, `,
  );
