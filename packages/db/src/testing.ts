import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { sql } from "drizzle-orm";
import postgres from "postgres";
import type { OpenDatabase } from "./database.ts";
import { knownMigrations } from "./migrate.ts";
import { openPglite } from "./pglite.ts";
import { openPostgres } from "./postgres.ts";
import { rowsOf } from "./rows.ts";

export type DatabaseKind = "pglite" | "postgres";

export interface TestDatabase extends OpenDatabase {
  /** Empties every table; sequences go on, so ids are never shared between tests. */
  clear(): Promise<void>;
}

/**
 * The databases to run a suite on: PostgreSQL where `TEST_DATABASE_URL` names a server, else PGlite.
 * @param which `both` adds PGlite, but for `npm test -- --quick`
 */
export function testDatabaseKinds(which?: "both"): DatabaseKind[] {
  if (!process.env.TEST_DATABASE_URL) return ["pglite"];
  return which === "both" && !process.env.PULT_TEST_QUICK ? ["pglite", "postgres"] : ["postgres"];
}

/** Databases that earlier files of this process have closed: PostgreSQL takes 0.5 s of a core to make and drop one. */
const free: Record<DatabaseKind, OpenDatabase[]> = { pglite: [], postgres: [] };

/** Opens an empty database that no other test uses until it is closed: in memory, or on the server of `TEST_DATABASE_URL`. */
export async function openTestDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  const kept = free[kind].pop();
  const open = kept ?? (await (kind === "pglite" ? openMigratedPglite() : openFreshPostgres()));
  const shape = await readShape(open);
  const emptying = statementThatEmpties(shape.tables);
  const clear = async () => void (await open.db.execute(emptying));
  if (kept) await Promise.all([clear(), markDatabase(open, "in use")]);
  return {
    ...open,
    clear,
    async close() {
      if (!isDeepStrictEqual(await readShape(open), shape)) return open.close();
      await markDatabase(open, FREE);
      free[kind].push(open);
    },
  };
}

/** A test database with the tables as they were before the migration whose name ends so. */
export async function openOldDatabase(kind: DatabaseKind, tag: string) {
  const database = await openTestDatabase(kind);
  const { db } = database;
  const known = knownMigrations();
  const at = known.findIndex((migration) => migration.tag.endsWith(tag));
  const run = async (migrations: typeof known) => {
    for (const statement of migrations.flatMap(({ statements }) => statements)) await db.execute(sql.raw(statement));
  };
  await db.execute(sql`drop schema public cascade`);
  await db.execute(sql`create schema public`);
  await db.execute(sql`delete from drizzle.__drizzle_migrations where id > ${at}`);
  await run(known.slice(0, at));
  return {
    db,
    /** Applies that migration and all after it. */
    migrate: ({ only = known.length } = {}) => run(known.slice(at, at + only)),
    [Symbol.asyncDispose]: () => database.close(),
  };
}

/**
 * Creates a database on the server of `TEST_DATABASE_URL`.
 * @param template a database to copy; `null` leaves it empty. Default: the migrated one of the test run, where there is one.
 */
export async function createTestDatabase(
  template: string | null = process.env.PULT_TEST_TEMPLATE ?? null,
): Promise<{ url: string; drop(): Promise<void> }> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) throw new Error("TEST_DATABASE_URL names no server");
  const name = `${process.env.PULT_TEST_TEMPLATE ?? "pult_test"}_${randomBytes(6).toString("hex")}`;
  await runOnServer(server, `create database ${name}${template ? ` template ${template}` : ""}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => void (await runOnServer(server, `drop database if exists ${name} with (force)`)),
  };
}

/** Runs one statement outside of any test database. */
export async function runOnServer(server: string, statement: string): Promise<postgres.Row[]> {
  const url = new URL(server);
  const socketDir = url.searchParams.get("host");
  url.searchParams.delete("host");
  const admin = postgres(url.href, { max: 1, onnotice: () => {}, ...(socketDir ? { host: socketDir } : {}) });
  try {
    return await admin.unsafe(statement);
  } finally {
    await admin.end();
  }
}

const openMigratedPglite = async () => openPglite(null, await migratedDump());

/** PGlite with all tables, to begin with: it takes a quarter of the time of an empty one. */
export async function migratedDump(): Promise<Blob | undefined> {
  const dump = process.env.PULT_TEST_DUMP;
  return dump ? new Blob([await readFile(dump)]) : undefined;
}

async function openFreshPostgres(): Promise<OpenDatabase> {
  const { url, drop } = await createTestDatabase();
  const open = await openPostgres(url);
  return {
    ...open,
    async close() {
      await open.close();
      await drop();
    },
  };
}

/** What a test may have changed of a database so that no other test can have it. */
async function readShape({ db }: OpenDatabase): Promise<{ tables: string[]; migrations: number }> {
  const [row] = rowsOf<{ tables: string[]; migrations: number }>(
    await db.execute(sql`
      select array(select format('%I', tablename) from pg_tables where schemaname = 'public' order by 1) as tables,
        (select count(*)::int from drizzle.__drizzle_migrations) as migrations`),
  );
  return row ?? { tables: [], migrations: 0 };
}

/** Deletes from all tables in one statement: foreign keys are checked at its end, and `truncate` would take 20 times as long. */
function statementThatEmpties(tables: string[]) {
  const [last, ...others] = tables.map((name) => `delete from ${name}`);
  const parts = others.map((statement, index) => `part${index} as (${statement})`);
  return sql.raw(`do $$ begin
    perform set_config('pult.audit_retention', 'on', true), set_config('pult.restore', 'on', true);
    with ${parts.join(", ")} ${last};
  end $$`);
}

/** What the comment on a database says that a later test may have; one that says otherwise at the end was left open. */
export const FREE = "free";

async function markDatabase({ db }: OpenDatabase, comment: string): Promise<void> {
  const mark = `execute format('comment on database %I is ''${comment}''', current_database())`;
  await db.execute(sql.raw(`do $$ begin ${mark}; end $$`));
}
