import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import type { PgliteDatabase } from "drizzle-orm/pglite";
import { migrate as migrateWithPglite } from "drizzle-orm/pglite/migrator";
import type { PostgresJsDatabase } from "drizzle-orm/postgres-js";
import { migrate as migrateWithPostgres } from "drizzle-orm/postgres-js/migrator";
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
