import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BackupError, type BackupHeader, type BackupTrailer, type FileHeader, type TableHeader } from "./format.ts";

/** A line of a backup. A row stays the text that it is. */
export type BackupLine =
  | { kind: "header"; header: BackupHeader }
  | { kind: "table"; table: TableHeader }
  | { kind: "row"; text: string }
  | { kind: "file"; file: FileHeader }
  | { kind: "chunk"; bytes: Buffer }
  | { kind: "trailer"; trailer: BackupTrailer };

/** Longer than any line that is written. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** What a whole backup holds. */
export interface BackupSummary extends Pick<BackupHeader, "migration" | "at"> {
  rows: Record<string, number>;
  files: number;
}

/** Reads a backup to its end and checks that it is whole and as it was written. @throws BackupError `damaged` */
export async function checkBackup(source: AsyncIterable<Uint8Array>): Promise<BackupSummary> {
  const rows: Record<string, number> = {};
  let header: BackupHeader | null = null;
  let table = "";
  let files = 0;
  let trailer: BackupTrailer | null = null;
  for await (const line of readBackup(source)) {
    if (line.kind === "row") rows[table] = (rows[table] ?? 0) + 1;
    else if (line.kind === "table") {
      table = line.table.table;
      rows[table] = 0;
    } else if (line.kind === "file") files += 1;
    else if (line.kind === "header") header = line.header;
    else if (line.kind === "trailer") trailer = line.trailer;
  }
  if (!header || !trailer) throw new BackupError("damaged", "The backup is not whole: its end is missing");
  const counted = Object.entries(rows).every(([name, count]) => trailer.rows[name] === count);
  if (!counted || Object.keys(trailer.rows).length !== Object.keys(rows).length || trailer.files !== files)
    throw new BackupError("damaged", "The backup does not hold what it says");
  return { migration: header.migration, at: header.at, rows, files };
}

/**
 * The lines of a backup, in order. That the sum is right is known only after the last one.
 * @throws BackupError `damaged`
 */
export async function* readBackup(source: AsyncIterable<Uint8Array>): AsyncGenerator<BackupLine> {
  const sum = createHash("sha256");
  let isFirst = true;
  let isOver = false;
  for await (const line of linesOf(unzipped(source))) {
    if (isOver) throw new BackupError("damaged", "Something follows the end of the backup");
    const read = parseLine(line);
    if (isFirst !== (read.kind === "header")) throw new BackupError("damaged", "This is no backup of Pult");
    isFirst = false;
    if (read.kind === "trailer") {
      isOver = true;
      if (read.trailer.sha256 !== sum.digest("hex"))
        throw new BackupError("damaged", "The backup was changed or damaged: its sum is another");
    } else sum.update(line).update("\n");
    yield read;
  }
  if (!isOver) throw new BackupError("damaged", "The backup is not whole: its end is missing");
}

async function* unzipped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  let broken: unknown = null;
  async function* watched() {
    try {
      yield* source;
    } catch (error) {
      broken = error;
      throw error;
    }
  }
  // What the source fails with ends the stream with that error.
  pipeline(Readable.from(watched(), { objectMode: false }), gunzip, () => {});
  try {
    yield* gunzip;
  } catch (error) {
    throw broken ?? new BackupError("damaged", "The backup is not whole, or no gzip file", error);
  }
}

const LINE_FEED = 10;

async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let begun: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      const last = chunk.subarray(from, end);
      yield Buffer.concat([...begun, last]).toString("utf8");
      begun = [];
      size = 0;
      from = end + 1;
    }
    size += chunk.length - from;
    if (size > MAX_LINE_BYTES) throw new BackupError("damaged", "A line of the backup is too long");
    if (from < chunk.length) begun.push(Uint8Array.from(chunk.subarray(from)));
  }
  if (size > 0) throw new BackupError("damaged", "The backup is not whole: its last line is cut");
}

function parseLine(line: string): BackupLine {
  // Rows are left to the database: most lines are rows.
  if (line.startsWith("[")) return { kind: "row", text: line };
  const value = parseJson(line);
  if (typeof value === "string") return { kind: "chunk", bytes: Buffer.from(value, "base64") };
  if (typeof value !== "object" || value === null) throw new BackupError("damaged", "This is no backup of Pult");
  if ("pult" in value) return { kind: "header", header: value as BackupHeader };
  if ("table" in value) return { kind: "table", table: value as TableHeader };
  if ("file" in value) return { kind: "file", file: value as FileHeader };
  if ("end" in value) return { kind: "trailer", trailer: value as BackupTrailer };
  throw new BackupError("damaged", "This is no backup of Pult");
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new BackupError("damaged", "This is no backup of Pult", error);
  }
}
