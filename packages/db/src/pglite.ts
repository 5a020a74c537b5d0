import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { type OpenDatabase, oneConnection } from "./database.ts";
import { lockDirectory } from "./directory-lock.ts";
import { migratePglite } from "./migrate.ts";
import { leases } from "./schema/leases.ts";
import { schema } from "./schema.ts";
import { Turns } from "./turns.ts";

/**
 * Opens the embedded database and brings its tables up to date. Only one process may have a directory open: a second opener would
 * lose acknowledged rows without an error, so the directory is locked first.
 * @param directory where it is kept; null keeps it in memory
 * @param loadDataDir a dump to begin with
 * @throws DirectoryInUseError
 */
export async function openPglite(directory: string | null, loadDataDir?: Blob): Promise<OpenDatabase> {
  if (directory) mkdirSync(dirname(directory), { recursive: true });
  const lock = directory ? lockDirectory(directory) : null;
  try {
    const client = await PGlite.create({
      ...(directory ? { dataDir: directory } : {}),
      ...(loadDataDir ? { loadDataDir } : {}),
    });
    takeTurns(client);
    const db = drizzle(client, { schema });
    oneConnection.add(db);
    await migratePglite(db);
    // The directory lock makes this process the only one: what a killed predecessor held is free at once.
    await db.update(leases).set({ expiresAt: new Date(0) });
    const upkeep = setInterval(() => vacuumGrownTables(client).catch(() => {}), VACUUM_CHECK_MS);
    upkeep.unref();
    return {
      db,
      kind: "pglite",
      async close() {
        clearInterval(upkeep);
        await client.close();
        lock?.release();
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function takeTurns(client: PGlite): void {
  const turns = new Turns();
  const { query, transaction } = client;
  client.query = (...args) => turns.run(() => query.apply(client, args)) as never;
  client.transaction = (work) => turns.run(() => transaction.call(client, work)) as never;
}

const VACUUM_CHECK_MS = 60_000;

/**
 * PGlite runs no autovacuum: without this the planner would never learn what a table holds, and dead rows would stay. Tables that have
 * grown by a fifth (and 128 KiB) since they were last looked at are vacuumed and analyzed, one at a time: 0.3 s for 100,000 rows.
 */
export async function vacuumGrownTables(client: Pick<PGlite, "query" | "exec">): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`
    select oid::regclass::text as name from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace
      and pg_relation_size(oid) / current_setting('block_size')::int > relpages * 1.2 + 16`);
  for (const { name } of rows) await client.exec(`vacuum analyze ${name}`);
}
