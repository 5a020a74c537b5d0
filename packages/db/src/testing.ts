import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { sql } from "drizzle-orm";
import type { OpenDatabase } from "./database.ts";
import { openPglite } from "./pglite.ts";
import { openPostgres } from "./postgres.ts";
import { rowsOf } from "./rows.ts";

export interface TestDatabase extends OpenDatabase {
  /** Empties every table; sequences go on, so ids are never shared between tests. */
  clear(): Promise<void>;
}

/** The databases the service suites run on: PGlite always, PostgreSQL where `TEST_DATABASE_URL` names a server. */
export function testDatabaseKinds(): ("pglite" | "postgres")[] {
  return process.env.TEST_DATABASE_URL ? ["pglite", "postgres"] : ["pglite"];
}

/** Opens an empty database of its own: in memory, or a fresh one on the server of `TEST_DATABASE_URL`, dropped at `close`. */
export async function openTestDatabase(kind: "pglite" | "postgres"): Promise<TestDatabase> {
  const open = kind === "pglite" ? await openMigratedPglite() : await openFreshPostgres();
  return { ...open, clear: () => clear(open) };
}

/** From the dump that the test run made, where there is one. */
async function openMigratedPglite(): Promise<OpenDatabase> {
  const dump = process.env.PULT_TEST_DUMP;
  return openPglite(null, dump ? new Blob([await readFile(dump)]) : undefined);
}

async function clear({ db }: OpenDatabase): Promise<void> {
  const tables = await db.execute(
    sql`select string_agg(format('%I', tablename), ', ') as names from pg_tables where schemaname = 'public'`,
  );
  const names = rowsOf<{ names: string }>(tables)[0]?.names;
  if (!names) return;
  await db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('pult.audit_retention', 'on', true)`);
    await tx.execute(sql.raw(`truncate ${names}`));
  });
}

async function openFreshPostgres(): Promise<OpenDatabase> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) throw new Error("TEST_DATABASE_URL names no server");
  const name = `pult_test_${randomBytes(6).toString("hex")}`;
  const { default: postgres } = await import("postgres");
  const url = new URL(server);
  const socketDir = url.searchParams.get("host");
  url.searchParams.delete("host");
  const admin = postgres(url.href, { max: 1, onnotice: () => {}, ...(socketDir ? { host: socketDir } : {}) });
  await admin.unsafe(`create database ${name}`);
  const mine = new URL(server);
  mine.pathname = `/${name}`;
  const open = await openPostgres(mine.href);
  return {
    ...open,
    async close() {
      await open.close();
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}
