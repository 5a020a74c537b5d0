import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Database, OpenDatabase } from "@pult/db/database.ts";
import { openPglite } from "@pult/db/pglite.ts";
import { openPostgres } from "@pult/db/postgres.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";

/** Where a server that is not running keeps its rows. */
export interface StoredAt {
  dataDir: string;
  /** Absent: PGlite in `dataDir`. */
  databaseUrl?: string;
}

/** Looks at, or changes, the database of a server that is not running. */
export async function withDatabase<Result>(
  { dataDir, databaseUrl }: StoredAt,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  const open: OpenDatabase = databaseUrl ? await openPostgres(databaseUrl) : await openPglite(join(dataDir, "pglite"));
  try {
    return await work(open.db);
  } finally {
    await open.close();
  }
}

/** Every row of every table, as text, by table. */
export async function dumpOf(db: Database): Promise<Record<string, string[]>> {
  const dump: Record<string, string[]> = {};
  const tables = await db.execute(sql`select tablename as name from pg_tables where schemaname = 'public' order by 1`);
  for (const { name } of rowsOf<{ name: string }>(tables)) {
    const rows = await db.execute(sql`select t::text as line from ${sql.identifier(name)} t order by 1`);
    dump[name] = rowsOf<{ line: string }>(rows).map(({ line }) => line);
  }
  return dump;
}

/** The files below a directory that hold these words as they are. */
export function filesWith(directory: string, words: string): string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => readFileSync(file).includes(words));
}
