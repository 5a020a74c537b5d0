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
  /**
   * Takes work that only one node may do at a time, such as long polling; null while another node has it. Held by a connection, so a node
   * that dies gives it back at once.
   */
  tryLease(name: string): Promise<Lease | null>;
  close(): Promise<void>;
}

export interface Lease {
  /** Aborted when the lease is lost; stop the work then. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}
