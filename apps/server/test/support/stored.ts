import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database, OpenDatabase } from "@pult/db/database.ts";
import { openPglite } from "@pult/db/pglite.ts";
import { openPostgres } from "@pult/db/postgres.ts";
import { createTestDatabase } from "@pult/db/testing.ts";

/** Where a server keeps its rows and files. */
export interface StoredAt {
  dataDir: string;
  /** Absent: PGlite in `dataDir`. */
  databaseUrl?: string;
}

/** A place that outlives its servers, for the caller to remove. */
export async function makeStore(database: "pglite" | "postgres"): Promise<{ at: StoredAt; remove(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), "pult-store-"));
  const created = database === "postgres" ? await createTestDatabase() : null;
  return {
    at: { dataDir, ...(created ? { databaseUrl: created.url } : {}) },
    async remove() {
      await created?.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Looks at, or changes, the database of a server that is not running; one on PostgreSQL may run. */
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

/** The files below a directory that hold these words as they are. */
export function filesWith(directory: string, words: string): string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => readFileSync(file).includes(words));
}
