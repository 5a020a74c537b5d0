import type { Migration } from "../migrate.ts";

/**
 * A backup is gzip over lines of JSON, each ended by a line feed. Objects say what follows, arrays are rows, strings are pieces of a file:
 *
 *     {"pult":1,"migration":{"tag":…,"hash":…},"at":…}
 *     {"table":"people","columns":["id",…],"sequences":{}}
 *     ["8f0c…","Olga",null,…]          every value as PostgreSQL writes it as text, in UTC
 *     {"file":"Zb3…k.jpg","size":48211}
 *     "base64…"
 *     {"end":true,"rows":{"people":1,…},"files":1,"sha256":"…"}
 *
 * The sum is of all bytes before the last line.
 */
export interface BackupHeader {
  pult: 1;
  /** The newest migration of the database that it was taken of. */
  migration: Migration;
  at: string;
}

export interface TableHeader {
  table: string;
  columns: string[];
  /** The last number that each numbered column has given out. */
  sequences: Record<string, string>;
}

export interface FileHeader {
  file: string;
  /** Bytes. */
  size: number;
}

export interface BackupTrailer {
  end: true;
  rows: Record<string, number>;
  files: number;
  sha256: string;
}

/** `damaged`: not one of ours, or not whole. `otherMigration`: its tables are others than ours. `busy`: the tables could not be had. */
export type BackupFailure = "damaged" | "otherMigration" | "busy";

/** A backup that cannot be restored; the message is for the operator. */
export class BackupError extends Error {
  readonly failure: BackupFailure;

  constructor(failure: BackupFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "BackupError";
    this.failure = failure;
  }
}
