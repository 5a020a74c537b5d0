import type { Database, Transaction } from "@pult/db/database.ts";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import type { Scope } from "./auth/schema.ts";
import type { Context } from "./context.ts";
import type { Distribution, Sample } from "./counts.ts";
import type { NoticeKind } from "./notices/kinds.ts";
import type { OutboxHandlers } from "./outbox/outbox.ts";
import type { IdentityRef, PersonConversation } from "./people/schema.ts";
import type { LogTopic } from "./realtime/topic.ts";
import type { TelegramReceiver } from "./telegram/inbox.ts";
import type { KeyedWorkerSpec, WorkerSpec } from "./workers.ts";

/** What a domain contributes to what all domains share. `slices.ts` is the only list of them. */
export interface Slice {
  /** The domain's folder name. */
  readonly name: string;
  /** Its logs, trimmed to the newest events of each. */
  readonly logs: readonly Pick<LogTopic<never, unknown>, "prefix" | "retention">[];
  readonly retention: readonly RetentionRule[];
  readonly personalData: PersonalData;
  /** Columns whose values the vault has sealed; a new `ENCRYPTION_KEY` reseals them. */
  readonly sealedColumns: readonly SealedColumn[];
  readonly metrics: readonly Metric[];
  /** How what it owes to the outside world is delivered, by kind. */
  readonly outbox: OutboxHandlers;
  /** What it does beside the requests. */
  readonly workers: readonly WorkerSpec[];
  readonly keyedWorkers?: readonly KeyedWorkerSpec[];
  /** What it tells people of; `notify` does so in the transaction of the cause. */
  readonly notices: readonly NoticeKind[];
  /** What it does with messages to the bot. */
  readonly telegram?: TelegramReceiver;
  /** Keys of the stored files that its rows refer to: a backup holds them, a restore brings them back. */
  storedFiles(db: Database | Transaction): Promise<string[]>;
  /** What a restore would replace, by kind, such as `{ conversations: 12 }`. */
  inventory(db: Database | Transaction): Promise<Record<string, number>>;
  /** In the transaction of a restore: stops what must not go on by itself from an older state. */
  restored?(tx: Transaction, now: Date): Promise<unknown>;
  /** Deletes what is of no use any more whatever the retention, once an hour on one node. */
  sweep?(ctx: Context): Promise<void>;
  /** Resolves when nothing that was acknowledged waits in memory. */
  drain?(ctx: Context): Promise<void>;
  /** Adds plainly invented data, as an agent. */
  demo?(agent: Context): Promise<void>;
}

/** A kind of data that is kept for a number of days. */
export interface RetentionRule {
  /** Its key in the settings and in the API. */
  readonly kind: string;
  /** Null keeps it for ever. */
  readonly defaultDays: number | null;
  /** Fewer days are refused. Default 1. */
  readonly minDays?: number;
  /** What shortening it takes beside `auth:write`. */
  readonly scope?: Scope;
  /** What changing it in either direction takes. */
  readonly changeScope?: Scope;
  /** Deletes what is older, or counts it. @returns rows */
  sweep(ctx: Context, options: { before: Date; dryRun: boolean }): Promise<number>;
}

/** A person with those who were merged into them, as records may name them. */
export interface PersonReferences {
  /** The person first. */
  readonly personIds: readonly string[];
  readonly identities: readonly IdentityRef[];
  /** Those of them who are or were agents, by the name that their records carry. */
  readonly agents: readonly { personId: string; name: string }[];
}

/** Where a table that knows people stands in an export, as a path such as `conversations[].messages`; or why it does not. */
export type ExportTables = Readonly<Record<string, { path: string } | { reason: string }>>;

/** What a slice knows of people. Callers have checked who asks. */
export interface PersonalData {
  readonly readScope: Scope;
  readonly writeScope: Scope;
  readonly tables: ExportTables;
  /** For lists of what a person has; the audit log may name them. */
  conversations(db: Database | Transaction, personIds: readonly string[]): Promise<PersonConversation[]>;
  /** Locks what these people own until the transaction ends, in the order in which the slice's writers lock it. */
  lock(tx: Transaction, personIds: readonly string[]): Promise<void>;
  /** Everything it knows of a person, under the keys that its `tables` name; no secrets. */
  export(ctx: Context, person: PersonReferences): Promise<object>;
  /** Looks for what takes long to find, before anything is locked. @returns the erasure itself, for the transaction */
  planErasure(ctx: Context, person: PersonReferences): Promise<ErasureStep>;
  /** Moves everything of one person to another. @returns what was moved, as JSON, for `unmerge` */
  merge(tx: Transaction, people: { from: string; to: string }): Promise<unknown>;
  /** Moves back what `merge` moved and is still there, and what these identities have begun since. `moved` is null when it moved nothing. */
  unmerge(
    tx: Transaction,
    people: { from: string; to: string; moved: unknown; identities: readonly IdentityRef[] },
  ): Promise<void>;
}

/** Deletes a person's data; `person` as it is inside the transaction. May run twice: a dry run is rolled back. */
export type ErasureStep = (tx: Transaction, person: PersonReferences) => Promise<Erasure>;

export interface Erasure {
  /** Rows and files by kind. */
  counts: Record<string, number>;
  /** What is out of reach, in words. */
  remaining: string[];
  /** Topics of logs that tell of the person: cut last, because writers wait for it. */
  cut: string[];
  /** Topics whose very names tell of the person. */
  forget: string[];
  /** After the commit: files, presence, workers. */
  committed?(): Promise<void>;
}

/** A figure of the metrics port, read when it is asked for. */
export interface Metric {
  /** `pult_…` in Prometheus' form. */
  readonly name: string;
  readonly help: string;
  readonly kind: "gauge" | "counter" | "histogram";
  /** What its values are told apart by, where it has several. */
  readonly labels?: readonly string[];
  read(ctx: Context): Reading | Promise<Reading>;
}

/** A number, null for none now; one for each value of the only label; numbers under labels; or, of a histogram, its distribution. */
export type Reading = number | null | Readonly<Record<string, number>> | readonly Sample[] | Distribution;

/** A column whose values the vault has sealed. */
export interface SealedColumn {
  table: PgTable;
  /** Primary key, a uuid or text. */
  id: PgColumn;
  /** Null where there is no secret. */
  sealed: PgColumn;
  /** The place a row's secret is bound to. */
  placeOf(id: string): string;
}
