import { BackupError } from "@pult/db/backup/format.ts";
import { type BackupSummary, checkBackup } from "@pult/db/backup/read.ts";
import { migrationsSince, restoreBackup } from "@pult/db/backup/restore.ts";
import { createBackup } from "@pult/db/backup/write.ts";
import type { Database, Transaction } from "@pult/db/database.ts";
import { credentials } from "@pult/db/schema/auth.ts";
import { ne } from "drizzle-orm";
import { requireConfirmed } from "../auth/account/confirm-session.ts";
import { publishSessionsEnded } from "../auth/account/sessions.ts";
import { recordAudit } from "../auth/audit.ts";
import { rightsChangedTopic } from "../auth/events.ts";
import { requireStaff, type Staff } from "../auth/permissions.ts";
import { issuerOf } from "../auth/team/issued-links.ts";
import type { Context } from "../context.ts";
import { renewEpochs } from "../realtime/log.ts";
import { slices } from "../slices.ts";
import { checkVault, WrongKeyError } from "../vault/vault-check.ts";
import { backupError } from "./errors.ts";
import { endRestoredAccess, type FormerAccess, type RestoredAccess, readFormerAccess } from "./restored-access.ts";

/**
 * Everything of this installation but the secrets of its environment. What is sealed stays sealed, so it is of use only with the same
 * `ENCRYPTION_KEY`.
 * @param directory where the tables lie while they are taken away
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `CONFIRMATION_REQUIRED`
 * @see createBackup for what holds while others work on
 */
export async function takeBackup(ctx: Context, directory: string): Promise<AsyncIterable<Uint8Array>> {
  requireStaff(ctx.actor, "*");
  requireConfirmed(ctx);
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
  /** Who gets in now; null in a dry run. */
  access: RestoredAccess | null;
}

/**
 * Puts a backup in the place of everything that is here: all of it, or nothing is changed. Agents, roles and keys are those of the backup
 * afterwards; every session has ended, the caller's too, no link or ticket works any more, and sockets are closed. Readers of logs
 * start from a snapshot.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `CONFIRMATION_REQUIRED`, `VALIDATION` for what is no whole backup, `CONFLICT` for one that
 * does not fit here, `UNAVAILABLE`
 */
export async function restore(ctx: Context, input: RestoreInput): Promise<Restored> {
  const staff = requireStaff(ctx.actor, "*");
  if (!input.dryRun) requireConfirmed(ctx);
  try {
    if (input.dryRun) return present(await checkOnly(ctx, staff, input), null);
    const { summary, access } = await replaceAll(ctx, staff, input);
    return present(summary, access);
  } catch (error) {
    throw toDomainError(error);
  }
}

const present = ({ at, migration, rows, files }: BackupSummary, access: RestoredAccess | null): Restored => ({
  dryRun: access === null,
  at,
  migration: migration.tag,
  rows,
  files,
  access,
});

async function checkOnly({ db }: Context, staff: Staff, { read, replace }: RestoreInput): Promise<BackupSummary> {
  const summary = await checkBackup(read());
  await migrationsSince(db, summary.migration);
  if (!replace) await requireNothingHere(db, staff);
  return summary;
}

async function replaceAll(ctx: Context, staff: Staff, { read, replace }: RestoreInput) {
  const { summary, before, after } = await restoreBackup({
    db: ctx.db,
    files: ctx.media,
    read,
    filesOf,
    async begin(tx) {
      if (!replace) await requireNothingHere(tx, staff);
      return readFormerAccess(tx, ctx.now());
    },
    async finish(tx, done) {
      await checkVault(tx, ctx.vault);
      await renewEpochs(tx);
      for (const slice of slices) await slice.restored?.(tx, ctx.now());
      const access = await endRestoredAccess(tx, { actor: staff, former: done.before, now: ctx.now() });
      await recordAudit(tx, ctx, { action: "auth.restored", details: detailsOf(done.summary, access) });
      return access;
    },
    failed: (error) => ctx.log.warn({ err: error }, "A file that the restore leaves over could not be removed"),
  });
  publishRevoked(ctx, before);
  await ctx.feeds.verify();
  return { summary, access: after };
}

async function filesOf(tx: Transaction): Promise<string[]> {
  const files: string[] = [];
  for (const slice of slices) files.push(...(await slice.storedFiles(tx)));
  return files;
}

function detailsOf({ at, migration, rows, files }: BackupSummary, access: RestoredAccess): object {
  const count = Object.values(rows).reduce((sum, one) => sum + one, 0);
  const { callerStays: _, revivedKeys, revivedAgents, ...counts } = access;
  const revived = { revivedKeys: revivedKeys.length, revivedAgents: revivedAgents.length };
  return { takenAt: at, migration: migration.tag, rows: count, files, ...counts, ...revived };
}

/** Staff, keys and sessions that may be connected. Customers without a session are asked for again within half a minute anyway. */
function publishRevoked({ bus }: Context, { rightsKeys, sessionIds }: FormerAccess): void {
  for (const key of rightsKeys) bus.publishLatest(rightsChangedTopic.name(key), null);
  publishSessionsEnded(bus, sessionIds);
}

/**
 * A fresh installation holds nothing, and no agents but the one who set it up to restore.
 * @throws DomainError `CONFLICT`
 */
async function requireNothingHere(db: Database | Transaction, staff: Staff): Promise<void> {
  const { createdBy: own } = await issuerOf(db, staff);
  const here: Record<string, number> = {};
  for (const slice of slices) Object.assign(here, await slice.inventory(db));
  here["other agents"] = await db.$count(credentials, own === null ? undefined : ne(credentials.personId, own));
  const found = Object.entries(here).flatMap(([kind, count]) => (count > 0 ? [`${count} ${kind}`] : []));
  if (found.length === 0) return;
  throw backupError("notEmpty", { found: found.join(" and ") });
}

function toDomainError(error: unknown): unknown {
  if (error instanceof BackupError) return backupError(error.failure, {}, { cause: error, message: error.message });
  if (!(error instanceof WrongKeyError)) return error;
  return backupError("otherKey", {}, { cause: error });
}
