import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migratePglite } from "./migrate.ts";
import { openPostgres } from "./postgres.ts";
import { schema } from "./schema.ts";
import { createTestDatabase, FREE, runOnServer } from "./testing.ts";

/**
 * Migrates each kind of database once per test run: PGlite into a dump that opens in half a second, PostgreSQL into a template to copy.
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
  const server = process.env.TEST_DATABASE_URL;
  if (!server) return async () => {};
  const template = await createTestDatabase();
  await (await openPostgres(template.url)).close();
  const name = new URL(template.url).pathname.slice(1);
  process.env.PULT_TEST_TEMPLATE = name;
  return async () => {
    const made = await runOnServer(
      server,
      `select datname, shobj_description(oid, 'pg_database') as mark from pg_database where datname like '${name}\\_%'`,
    );
    for (const { datname } of made) await runOnServer(server, `drop database ${datname} with (force)`);
    await template.drop();
    const left = made.filter(({ mark }) => mark !== FREE);
    if (left.length > 0) throw new Error(`Tests left ${left.length} databases behind`);
  };
}
