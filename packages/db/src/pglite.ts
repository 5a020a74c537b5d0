import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import type { OpenDatabase } from "./database.ts";
import { lockDirectory } from "./directory-lock.ts";
import { migratePglite } from "./migrate.ts";
import { schema } from "./schema.ts";

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
    const db = drizzle(client, { schema });
    await migratePglite(db);
    return {
      db,
      kind: "pglite",
      // The directory lock already makes this process the only node.
      tryLease: async () => ({ lost: new AbortController().signal, release: async () => {} }),
      async close() {
        await client.close();
        lock?.release();
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}
