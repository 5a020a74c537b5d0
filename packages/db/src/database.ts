import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type { schema } from "./schema.ts";

/** What services query, whichever driver is behind it. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

/** Inside `db.transaction`; also what functions take that run in either. */
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

/** An open database. */
export interface OpenDatabase {
  db: Database;
  /** Which driver, and the server's own version, for logs and health. */
  kind: "postgres" | "pglite";
  close(): Promise<void>;
}

/** Databases of which everything is asked over one connection: a long transaction holds up everyone. */
export const oneConnection = new WeakSet<Database>();
