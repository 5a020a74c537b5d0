import { sql } from "drizzle-orm";
import type { Database, Transaction } from "../database.ts";
import { currentMigration, knownMigrations, type Migration } from "../migrate.ts";
import { rowsOf } from "../rows.ts";
import { BackupError, type FileHeader, type TableHeader } from "./format.ts";
import { type BackupLine, type BackupSummary, checkBackup, readBackup } from "./read.ts";
import {
  describeAllTables,
  describeTables,
  isOfNodes,
  lastNumberOf,
  namesOf,
  referencesOf,
  type Table,
} from "./tables.ts";
import type { FilesToKeep } from "./write.ts";

/** Where files are put back. */
export interface FilesToRestore extends FilesToKeep {
  /** Puts a file in its place, whole, over one of the same name. */
  restore(key: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface RestoreOptions<Before, After> {
  db: Database;
  files: FilesToRestore;
  /** The backup from its beginning: it is read once to check it, then to take it in. */
  read(): AsyncIterable<Uint8Array>;
  /** Runs before anything is replaced, when no other transaction can change the tables; throws to refuse. */
  begin(tx: Transaction): Promise<Before>;
  /** Names of the files that the rows speak of. */
  filesOf(tx: Transaction): Promise<readonly string[]>;
  /** Runs when everything is in its place, in the same transaction. */
  finish(tx: Transaction, done: { summary: BackupSummary; before: Before }): Promise<After>;
  /** A file that is not needed could not be removed: that is not worth failing for. */
  failed(error: unknown): void;
}

export interface RestoredBackup<Before, After> {
  summary: BackupSummary;
  /** What `begin` said. */
  before: Before;
  /** What `finish` said. */
  after: After;
}

const ROWS_AT_ONCE = 1_000;
const BYTES_AT_ONCE = 512 * 1024;
const LOCK_MS = 15_000;
/** As PostgreSQL calls a lock that was not to be had in time, and one that two wanted crosswise. */
const BUSY_CODES = new Set(["55P03", "40P01"]);

/**
 * Replaces everything by a backup, in one transaction: all of it, or nothing changes. A backup of an older version is restored into the
 * tables of that version, which the migrations since then bring up to date. Numbers that were given out are never given out again,
 * neither those of the backup nor those of what was replaced.
 * @throws BackupError, and what `begin` and `finish` throw
 */
export async function restoreBackup<Before, After>(
  options: RestoreOptions<Before, After>,
): Promise<RestoredBackup<Before, After>> {
  const { db, files } = options;
  const summary = await checkBackup(options.read());
  const fresh: string[] = [];
  const work = db.transaction((tx) => restoreInto(tx, { ...options, summary, fresh }));
  const { left, ...done } = await work.catch(async (error: unknown) => {
    for (const key of fresh) await files.remove(key).catch(options.failed);
    if (!BUSY_CODES.has(codeOf(error))) throw error;
    throw new BackupError("busy", "The tables are in use; try again", error);
  });
  // Only what the tables spoke of before: a file that they do not know yet is being uploaded.
  for (const key of left) await files.remove(key).catch(options.failed);
  return done;
}

async function restoreInto<Before, After>(
  tx: Transaction,
  options: RestoreOptions<Before, After> & { summary: BackupSummary; fresh: string[] },
): Promise<RestoredBackup<Before, After> & { left: string[] }> {
  const { summary, files, fresh } = options;
  const tables = await lockTables(tx);
  const since = await migrationsSince(tx, summary.migration);
  const before = await options.begin(tx);
  const named = await options.filesOf(tx);
  const kept = new Set<string>();
  const last = await lastNumbers(tx, tables);
  if (since.length > 0) await returnTo(tx, summary.migration);
  const filled = since.length > 0 ? await describeTables(tx) : tables;
  await replaceAll(tx, { tables: filled, last, files, fresh, kept, lines: readBackup(options.read()) });
  if (since.length > 0) {
    await runAll(tx, since);
    await setNumbers(tx, await describeTables(tx), last);
  }
  const after = await options.finish(tx, { summary, before });
  for (const key of await options.filesOf(tx)) kept.add(key);
  return { summary, before, after, left: named.filter((key) => !kept.has(key)) };
}

/**
 * The migrations that have come since a backup was taken; none when its tables are today's.
 * @throws BackupError `otherMigration` for one of a newer, or another, version
 */
export async function migrationsSince(db: Database | Transaction, wanted: Migration): Promise<StatementsOf[]> {
  const known = knownMigrations();
  const at = known.findIndex(({ hash }) => hash === wanted.hash);
  const current = await currentMigration(db);
  if (at >= 0 && known.at(-1)?.hash === current.hash) return known.slice(at + 1);
  const nameOf = ({ tag, hash }: Migration) => `${tag} (${hash.slice(0, 8)})`;
  throw new BackupError(
    "otherMigration",
    `The backup is of migration ${nameOf(wanted)}, this installation of ${nameOf(current)}`,
  );
}

type StatementsOf = ReturnType<typeof knownMigrations>[number];

async function runAll(tx: Transaction, migrations: readonly StatementsOf[]): Promise<void> {
  for (const { statements } of migrations) for (const statement of statements) await tx.execute(sql.raw(statement));
}

/** Leaves nothing but the empty tables of an older version. */
async function returnTo(tx: Transaction, migration: Migration): Promise<void> {
  const tables = await describeAllTables(tx);
  await tx.execute(sql`drop table ${namesOf(tables.map(({ name }) => name))} cascade`);
  const functions = rowsOf<{ name: string }>(
    await tx.execute(sql`
      select oid::regprocedure::text as name from pg_proc where pronamespace = 'public'::regnamespace and prokind = 'f'
        and not exists (select 1 from pg_depend d where d.objid = pg_proc.oid and d.deptype = 'e')`),
  );
  for (const { name } of functions) await tx.execute(sql.raw(`drop function ${name}`));
  const known = knownMigrations();
  await runAll(tx, known.slice(0, known.findIndex(({ hash }) => hash === migration.hash) + 1));
}

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause)
    if ("code" in at && typeof at.code === "string") return at.code;
  return "";
}

/** Until the transaction ends no other one reads or writes any of them. */
async function lockTables(tx: Transaction): Promise<Table[]> {
  await tx.execute(sql`select set_config('lock_timeout', ${String(LOCK_MS)}, true)`);
  const tables = await describeTables(tx);
  await tx.execute(sql`lock table ${namesOf(tables.map(({ name }) => name))} in access exclusive mode`);
  return tables;
}

interface Replacement {
  tables: readonly Table[];
  /** The highest numbers given out, by sequence; those of the backup are added. */
  last: Numbers;
  files: FilesToRestore;
  /** Files that were not there before. */
  fresh: string[];
  /** Files of the backup. */
  kept: Set<string>;
  lines: AsyncIterable<BackupLine>;
}

async function replaceAll(tx: Transaction, { lines, ...place }: Replacement): Promise<void> {
  await tx.execute(sql`
    select set_config('pult.audit_retention', 'on', true), set_config('pult.restore', 'on', true), set_config('datestyle', 'ISO', true)`);
  const names = namesOf(place.tables.map(({ name }) => name));
  const references = await referencesOf(tx);
  for (const { table, constraint } of references)
    await tx.execute(
      sql`alter table ${sql.identifier(table)} alter constraint ${sql.identifier(constraint)} deferrable initially deferred`,
    );
  await tx.execute(sql`truncate ${names}`);
  await new Taker(tx, place).takeAll(lines);
  await setNumbers(tx, place.tables, place.last);
  await tx.execute(sql`set constraints all immediate`);
  for (const { table, constraint } of references)
    await tx.execute(
      sql`alter table ${sql.identifier(table)} alter constraint ${sql.identifier(constraint)} not deferrable`,
    );
  await tx.execute(
    sql`select set_config('pult.audit_retention', 'off', true), set_config('pult.restore', 'off', true)`,
  );
}

/** The newest numbers, by sequence. */
type Numbers = Map<string, bigint>;

async function lastNumbers(tx: Transaction, tables: readonly Table[]): Promise<Numbers> {
  const numbers: Numbers = new Map();
  for (const { columns } of tables)
    for (const { sequence } of columns) if (sequence) numbers.set(sequence, BigInt(await lastNumberOf(tx, sequence)));
  return numbers;
}

type Place = Omit<Replacement, "lines">;

/** Numbered columns go on after the highest number of before, of the backup and of its rows. */
async function setNumbers(tx: Transaction, tables: readonly Table[], last: Numbers): Promise<void> {
  for (const { name, columns } of tables) {
    for (const { name: column, sequence } of columns) {
      if (!sequence) continue;
      const [row] = rowsOf<{ max: string | null }>(
        await tx.execute(sql`select max(${sql.identifier(column)})::text as max from ${sql.identifier(name)}`),
      );
      const highest = [last.get(sequence) ?? 0n, BigInt(row?.max ?? 0)].reduce((a, b) => (a > b ? a : b));
      if (highest > 0n) await tx.execute(sql`select setval(${sequence}::regclass, ${String(highest)}::bigint)`);
    }
  }
}

/** Takes a backup in, line by line: rows by the batch, files as a stream of their pieces. */
class Taker {
  readonly #tx: Transaction;
  readonly #place: Place;
  #table: Table | null = null;
  /** The rows that follow are of nodes that ran once. */
  #isPassedOver = false;
  #rows: string[] = [];
  #bytes = 0;

  constructor(tx: Transaction, place: Place) {
    this.#tx = tx;
    this.#place = place;
  }

  async takeAll(source: AsyncIterable<BackupLine>): Promise<void> {
    const lines = source[Symbol.asyncIterator]();
    try {
      for (let next = await lines.next(); !next.done; ) {
        const line = next.value;
        if (line.kind === "row") await this.#takeRow(line.text);
        else await this.#flush();
        if (line.kind === "table") {
          this.#isPassedOver = isOfNodes(line.table.table);
          this.#table = this.#isPassedOver ? null : this.#begin(line.table);
        }
        next = line.kind === "file" ? await this.#takeFile(line.file, lines) : await lines.next();
      }
    } finally {
      await lines.return?.();
    }
  }

  #begin({ table: name, columns, sequences }: TableHeader): Table {
    const table = this.#place.tables.find((one) => one.name === name);
    if (!table || table.columns.map((column) => column.name).join() !== columns.join())
      throw new BackupError("damaged", `The table ${name} of the backup is not one of ours`);
    const { last } = this.#place;
    for (const { name: column, sequence } of table.columns) {
      const given = BigInt(sequences[column] ?? 0);
      if (sequence && given > (last.get(sequence) ?? 0n)) last.set(sequence, given);
    }
    return table;
  }

  async #takeRow(text: string): Promise<void> {
    if (this.#isPassedOver) return;
    this.#rows.push(text);
    this.#bytes += text.length;
    if (this.#rows.length >= ROWS_AT_ONCE || this.#bytes >= BYTES_AT_ONCE) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    if (!this.#table) throw new BackupError("damaged", "A row of the backup belongs to no table");
    const { name, columns } = this.#table;
    const values = columns.map(({ type }, at) => sql.raw(`(line->>${at})::${type}`));
    const rows = `[${this.#rows.join(",")}]`;
    this.#rows = [];
    this.#bytes = 0;
    await this.#tx.execute(sql`
      insert into ${sql.identifier(name)} (${namesOf(columns.map((column) => column.name))}) overriding system value
      select ${sql.join(values, sql`, `)} from jsonb_array_elements(${rows}::jsonb) as line`);
  }

  /** @returns the first line after the file */
  async #takeFile({ file: key, size }: FileHeader, lines: AsyncIterator<BackupLine>) {
    const { files, fresh, kept } = this.#place;
    let next = await lines.next();
    async function* content() {
      let given = 0;
      for (; !next.done && next.value.kind === "chunk"; next = await lines.next()) {
        given += next.value.bytes.length;
        yield next.value.bytes;
      }
      if (given !== size) throw new BackupError("damaged", `The file ${key} of the backup is not whole`);
    }
    kept.add(key);
    if (!(await files.open(key))) fresh.push(key);
    await files.restore(key, content());
    return next;
  }
}
