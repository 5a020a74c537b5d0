import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migratePglite } from "./migrate.ts";
import { openPostgres } from "./postgres.ts";
import { schema } from "./schema.ts";
import { createTestDatabase } from "./testing.ts";

/**
 * Migrates each kind of database once per test run: PGlite into a dump that opens in half a second, PostgreSQL into a template that is
 * copied in 0.1 s.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  // Each project of the run asks for it.
  if (process.env.PULT_TEST_DUMP) return async () => {};
  const [removeDump, dropTemplate] = await Promise.all([makeDump(), makeTemplate()]);
  return async () => {
    await Promise.all([removeDump(), dropTemplate()]);
  };
}

async function makeDump(): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "pult-test-"));
  const client = await PGlite.create();
  await migratePglite(drizzle(client, { schema }));
  const dump = await client.dumpDataDir("none");
  await client.close();
  const file = join(directory, "migrated.tar");
  await writeFile(file, new Uint8Array(await dump.arrayBuffer()));
  process.env.PULT_TEST_DUMP = file;
  return () => rm(directory, { recursive: true, force: true });
}

async function makeTemplate(): Promise<() => Promise<void>> {
  if (!process.env.TEST_DATABASE_URL) return async () => {};
  const template = await createTestDatabase();
  await (await openPostgres(template.url)).close();
  process.env.PULT_TEST_TEMPLATE = new URL(template.url).pathname.slice(1);
  return () => template.drop();
}
