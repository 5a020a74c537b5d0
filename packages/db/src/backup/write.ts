import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { sql } from "drizzle-orm";
import type { Database, Transaction } from "../database.ts";
import { currentMigration } from "../migrate.ts";
import { rowsOf } from "../rows.ts";
import type { BackupHeader, BackupTrailer, FileHeader, TableHeader } from "./format.ts";
import { openSpool, type Spool } from "./spool.ts";
import { describeTables, lastNumberOf, type Table } from "./tables.ts";

/** Files that belong to what the tables say. */
export interface FilesToKeep {
  keys(): AsyncIterable<string>;
  /** @returns null when it is gone */
  open(key: string): Promise<{ sizeBytes: number; read(): AsyncIterable<Uint8Array> } | null>;
}

export interface BackupOptions {
  db: Database;
  files: FilesToKeep;
  /** Where the tables lie between being read and being taken away. */
  directory: string;
  now: Date;
}

const ROWS_AT_ONCE = 500;
const FILE_CHUNK_BYTES = 192 * 1024;

/**
 * Everything there is, in a form that goes into any database of the same migration, PGlite or PostgreSQL.
 *
 * What holds: all tables are read in one read-only transaction, so they are of one moment. It ends before the first byte is handed out: a
 * slow client blocks no one else. PostgreSQL works on meanwhile; PGlite, which does one transaction at a time, makes others wait for that long.
 * Files are read afterwards. They never change, so each is what a row says, but one that was removed meanwhile is not among them.
 */
export async function createBackup(options: BackupOptions): Promise<AsyncIterable<Uint8Array>> {
  const spool = await openSpool(options.directory);
  try {
    const { header, rows } = await options.db.transaction((tx) => spoolTables(tx, spool, options.now), {
      isolationLevel: "repeatable read",
      accessMode: "read only",
    });
    return compressed(wholeBackup({ header, rows, spool, files: options.files }));
  } catch (error) {
    await spool.close();
    throw error;
  }
}

interface Spooled {
  header: BackupHeader;
  rows: Record<string, number>;
}

async function spoolTables(tx: Transaction, spool: Spool, now: Date): Promise<Spooled> {
  await tx.execute(sql`select set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true)`);
  const header: BackupHeader = { pult: 1, migration: await currentMigration(tx), at: now.toISOString() };
  const rows: Record<string, number> = {};
  for (const table of await describeTables(tx)) rows[table.name] = await spoolTable(tx, spool, table);
  return { header, rows };
}

/** @returns how many rows it has */
async function spoolTable(tx: Transaction, spool: Spool, { name, columns }: Table): Promise<number> {
  const sequences: TableHeader["sequences"] = {};
  for (const { name: column, sequence } of columns) if (sequence) sequences[column] = await lastNumberOf(tx, sequence);
  const header: TableHeader = { table: name, columns: columns.map((column) => column.name), sequences };
  await spool.write(lineOf(header));
  const values = sql.join(
    columns.map((column) => sql`${sql.identifier(column.name)}::text`),
    sql`, `,
  );
  await tx.execute(sql`
    declare backup_rows no scroll cursor for
    select array_to_json(array[${values}])::text as line from ${sql.identifier(name)}`);
  let count = 0;
  for (;;) {
    const page = rowsOf<{ line: string }>(await tx.execute(sql.raw(`fetch ${ROWS_AT_ONCE} from backup_rows`)));
    if (page.length === 0) break;
    count += page.length;
    await spool.write(Buffer.from(page.map(({ line }) => `${line}\n`).join("")));
  }
  await tx.execute(sql`close backup_rows`);
  return count;
}

const lineOf = (value: object): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);

interface Whole extends Spooled {
  spool: Spool;
  files: FilesToKeep;
}

/** The lines, before they are compressed. Closes the spool. */
async function* wholeBackup({ header, rows, spool, files }: Whole): AsyncGenerator<Uint8Array> {
  const sum = createHash("sha256");
  const summed = (bytes: Uint8Array) => {
    sum.update(bytes);
    return bytes;
  };
  try {
    yield summed(lineOf(header));
    for await (const chunk of spool.read()) yield summed(chunk);
  } finally {
    await spool.close();
  }
  let count = 0;
  for await (const key of files.keys()) {
    const opened = await files.open(key);
    if (!opened) continue;
    count += 1;
    const header: FileHeader = { file: key, size: opened.sizeBytes };
    yield summed(lineOf(header));
    for await (const chunk of inChunks(opened.read())) yield summed(Buffer.from(`"${chunk.toString("base64")}"\n`));
  }
  const trailer: BackupTrailer = { end: true, rows, files: count, sha256: sum.digest("hex") };
  yield lineOf(trailer);
}

/** The same bytes in pieces of `FILE_CHUNK_BYTES`, the last one shorter. */
async function* inChunks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of stream) {
    pieces.push(piece);
    size += piece.length;
    if (size < FILE_CHUNK_BYTES) continue;
    const joined = Buffer.concat(pieces);
    const whole = joined.length - (joined.length % FILE_CHUNK_BYTES);
    for (let at = 0; at < whole; at += FILE_CHUNK_BYTES) yield joined.subarray(at, at + FILE_CHUNK_BYTES);
    pieces = [joined.subarray(whole)];
    size = joined.length - whole;
  }
  if (size > 0) yield Buffer.concat(pieces);
}

function compressed(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  // What fails on the way ends the stream with that error.
  return pipeline(Readable.from(source, { objectMode: false }), createGzip(), () => {});
}
