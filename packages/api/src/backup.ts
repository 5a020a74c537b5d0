import { BackupError, type BackupFailure } from "@pult/db/backup/format.ts";
import { type BackupSummary, checkBackup } from "@pult/db/backup/read.ts";
import { requireMigration, restoreBackup } from "@pult/db/backup/restore.ts";
import { createBackup } from "@pult/db/backup/write.ts";
import type { Database, Transaction } from "@pult/db/database.ts";
import { apiKeys, credentials } from "@pult/db/schema/auth.ts";
import { conversations } from "@pult/db/schema/support.ts";
import { eq, ne } from "drizzle-orm";
import { recordAudit } from "./auth/audit.ts";
import { rightsChangedTopic } from "./auth/events.ts";
import { requireStaff, type Staff } from "./auth/permissions.ts";
import type { Context } from "./context.ts";
import { DomainError, type ErrorCode } from "./errors.ts";
import { renewEpochs } from "./realtime/log.ts";
import { checkVault, WrongKeyError } from "./vault-check.ts";

/**
 * Everything of this installation but the secrets of its environment. What is sealed stays sealed, so it is of use only with the same
 * `ENCRYPTION_KEY`.
 * @param directory where the tables lie while they are taken away
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`
 * @see createBackup for what holds while others work on
 */
export async function takeBackup(ctx: Context, directory: string): Promise<AsyncIterable<Uint8Array>> {
  requireStaff(ctx.actor, "*");
  const backup = await createBackup({ db: ctx.db, files: ctx.media, directory, now: ctx.now() });
  await recordAudit(ctx.db, ctx, { action: "auth.backupTaken" });
  return backup;
}

export interface RestoreInput {
  /** The backup from its beginning; it is read twice. */
  read(): AsyncIterable<Uint8Array>;
  /** Whether conversations and agents that are here may be replaced. */
  replace: boolean;
  /** Checks everything that can be checked, and changes nothing. */
  dryRun: boolean;
}

export interface Restored {
  dryRun: boolean;
  /** When the backup was taken. */
  at: string;
  /** Name of the migration that it is of. */
  migration: string;
  rows: Record<string, number>;
  files: number;
}

/**
 * Puts a backup in the place of everything that is here: all of it, or nothing is changed. Agents, sessions and keys are those of the
 * backup afterwards, sockets of others are closed, and whoever follows something starts from a snapshot.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `VALIDATION` for what is no whole backup, `CONFLICT` for one that does not fit here,
 * `UNAVAILABLE`
 */
export async function restore(ctx: Context, input: RestoreInput): Promise<Restored> {
  const staff = requireStaff(ctx.actor, "*");
  try {
    const summary = input.dryRun ? await checkOnly(ctx, staff, input) : await replaceAll(ctx, staff, input);
    const { at, migration, rows, files } = summary;
    return { dryRun: input.dryRun, at, migration: migration.tag, rows, files };
  } catch (error) {
    throw toDomainError(error);
  }
}

async function checkOnly({ db }: Context, staff: Staff, { read, replace }: RestoreInput): Promise<BackupSummary> {
  const summary = await checkBackup(read());
  await requireMigration(db, summary.migration);
  if (!replace) await requireNothingHere(db, staff);
  return summary;
}

async function replaceAll(ctx: Context, staff: Staff, { read, replace }: RestoreInput): Promise<BackupSummary> {
  let concerned: string[] = [];
  const summary = await restoreBackup({
    db: ctx.db,
    files: ctx.media,
    read,
    async begin(tx) {
      if (!replace) await requireNothingHere(tx, staff);
      concerned = await rightsKeysOf(tx);
    },
    async finish(tx, { at, migration, rows, files }) {
      await checkVault(tx, ctx.vault);
      await renewEpochs(tx);
      const count = Object.values(rows).reduce((sum, one) => sum + one, 0);
      const details = { takenAt: at, migration: migration.tag, rows: count, files };
      await recordAudit(tx, ctx, { action: "auth.restored", details });
    },
    failed: (error) => ctx.log.warn({ err: error }, "Files of before the restore could not be removed"),
  });
  for (const key of concerned) ctx.bus.publishLatest(rightsChangedTopic.name(key), null);
  await ctx.feeds.verify();
  return summary;
}

/** Staff and keys that may be connected. Customers are asked for again within half a minute anyway. */
async function rightsKeysOf(tx: Transaction): Promise<string[]> {
  const agents = await tx.select({ id: credentials.personId }).from(credentials);
  const keys = await tx.select({ id: apiKeys.id }).from(apiKeys);
  return [...agents.map(({ id }) => `person:${id}`), ...keys.map(({ id }) => `key:${id}`)];
}

/**
 * A fresh installation has no conversations, and no agents but the one who set it up to restore.
 * @throws DomainError `CONFLICT`
 */
async function requireNothingHere(db: Database | Transaction, staff: Staff): Promise<void> {
  const own = await personBehind(db, staff);
  const talks = await db.$count(conversations);
  const agents = await db.$count(credentials, own === null ? undefined : ne(credentials.personId, own));
  if (talks === 0 && agents === 0) return;
  throw new DomainError(
    "CONFLICT",
    `There are ${talks} conversations and ${agents} other agents here, which the backup would replace; say so with replace`,
  );
}

async function personBehind(db: Database | Transaction, staff: Staff): Promise<string | null> {
  if (staff.kind === "agent") return staff.personId;
  if (staff.kind !== "apiKey" || staff.keyId === "bootstrap") return null;
  const [key] = await db.select({ createdBy: apiKeys.createdBy }).from(apiKeys).where(eq(apiKeys.id, staff.keyId));
  return key?.createdBy ?? null;
}

const CODES: Record<BackupFailure, ErrorCode> = {
  damaged: "VALIDATION",
  otherMigration: "CONFLICT",
  busy: "UNAVAILABLE",
};

function toDomainError(error: unknown): unknown {
  if (error instanceof BackupError) return new DomainError(CODES[error.failure], error.message, { cause: error });
  if (!(error instanceof WrongKeyError)) return error;
  const words =
    "The secrets of the backup were sealed with another ENCRYPTION_KEY; give this installation that key first";
  return new DomainError("CONFLICT", words, { cause: error });
}
