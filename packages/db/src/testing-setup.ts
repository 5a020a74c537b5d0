import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migratePglite } from "./migrate.ts";
import { schema } from "./schema.ts";

/** Migrates an embedded database once and leaves it as a dump, from which each test file opens its own in half a second. */
export default async function setUp(): Promise<() => Promise<void>> {
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
