import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type { PgliteDatabase } from "drizzle-orm/pglite";
import { migrate as migrateWithPglite } from "drizzle-orm/pglite/migrator";
import type { PostgresJsDatabase } from "drizzle-orm/postgres-js";
import { migrate as migrateWithPostgres } from "drizzle-orm/postgres-js/migrator";
import type { Database, Transaction } from "./database.ts";
import { rowsOf } from "./rows.ts";
import type { schema } from "./schema.ts";

/** Numbered SQL beside the sources, or beside the bundle. */
function migrationsFolder(): string {
  const beside = fileURLToPath(new URL("../migrations", import.meta.url));
  if (existsSync(beside)) return beside;
  throw new Error(`No migrations at ${beside}`);
}

/** Any 64-bit number that nothing else locks. */
const MIGRATION_LOCK = 7_302_118_545;

/** Applies what is missing; nodes that start together wait for each other. */
export async function migratePostgres(db: PostgresJsDatabase<typeof schema>): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await migrateWithPostgres(db, { migrationsFolder: migrationsFolder() });
  });
}

export async function migratePglite(db: PgliteDatabase<typeof schema>): Promise<void> {
  await migrateWithPglite(db, { migrationsFolder: migrationsFolder() });
}

/** A step in the history of the tables. */
export interface Migration {
  /** Its file's name, as people know it. */
  tag: string;
  /** SHA-256 of its SQL. */
  hash: string;
}

/** Every migration of this version, oldest first, with its statements. */
export function knownMigrations(): (Migration & { statements: readonly string[] })[] {
  const folder = migrationsFolder();
  const tags = tagsByTime(folder);
  return readMigrationFiles({ migrationsFolder: folder }).map(({ hash, folderMillis, sql: statements }) => ({
    tag: tags.get(folderMillis) ?? "unknown",
    hash,
    statements,
  }));
}

/** The newest migration that the database has seen. */
export async function currentMigration(db: Database | Transaction): Promise<Migration> {
  const [row] = rowsOf<{ hash: string; created_at: string | number }>(
    await db.execute(sql`select hash, created_at from drizzle.__drizzle_migrations order by created_at desc limit 1`),
  );
  if (!row) throw new Error("The database was never migrated");
  return { tag: tagsByTime(migrationsFolder()).get(Number(row.created_at)) ?? "unknown", hash: row.hash };
}

function tagsByTime(folder: string): Map<number, string> {
  const { entries } = JSON.parse(readFileSync(join(folder, "meta", "_journal.json"), "utf8")) as {
    entries: { when: number; tag: string }[];
  };
  return new Map(entries.map(({ when, tag }) => [when, tag]));
}
