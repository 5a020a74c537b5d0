import { sql } from "drizzle-orm";
import type { Deps } from "../context.ts";
import { query } from "./factories.ts";

/** Every row of every table as text, by table. */
export async function dumpTables(deps: Pick<Deps, "db">): Promise<Map<string, string[]>> {
  const tables = await query<{ name: string }>(
    deps,
    sql`select tablename as name from pg_tables where schemaname = 'public' order by tablename`,
  );
  const dump = new Map<string, string[]>();
  for (const { name } of tables) {
    const rows = await query<{ row: string }>(
      deps,
      sql`select to_jsonb(t)::text as row from ${sql.identifier(name)} t`,
    );
    dump.set(
      name,
      rows.map(({ row }) => row),
    );
  }
  return dump;
}

/** The tables in which one of these words stands, with the word. */
export async function findWords(deps: Pick<Deps, "db">, words: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const [table, rows] of await dumpTables(deps))
    for (const word of words) if (rows.some((row) => row.includes(word))) found.push(`${table}: ${word}`);
  return found;
}

/** Tables with a column by which they know a person, a conversation or a message, and those keys that refer to people. */
export async function tablesAboutPeople(deps: Pick<Deps, "db">): Promise<string[]> {
  const rows = await query<{ name: string }>(
    deps,
    sql`
      select distinct table_name as name from information_schema.columns
      where table_schema = 'public' and column_name in ('person_id', 'conversation_id', 'message_id', 'kept_id', 'merged_id', 'merged_into_id')
      order by 1`,
  );
  return rows.map(({ name }) => name);
}
