import type { Database, Transaction } from "@pult/db/database.ts";
import { countWhere, deleteInBatches } from "@pult/db/delete-in-batches.ts";
import { auditLog, oneTimeTokens, sessions } from "@pult/db/schema/auth.ts";
import { sql } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { recordAudit } from "../auth/audit.ts";
import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { readSetting, writeSetting } from "../settings.ts";
import { countOldMessages, deleteOldMessages } from "../support/old-messages.ts";
import { sweepSupport } from "../support/old-rows.ts";
import {
  MIN_AUDIT_DAYS,
  RETENTION_KINDS,
  type Retention,
  type RetentionKind,
  type RetentionRun,
  retention,
  type SetRetentionInput,
} from "./schema.ts";
import { dropSpent } from "./spent.ts";

const SETTING = "auth.retention";
const DAY_MS = 24 * 60 * 60_000;

const DEFAULTS: Retention = {
  resolvedMessages: null,
  pushAttempts: 30,
  telegramUpdates: 30,
  endedSessions: 30,
  finishedOutbox: 30,
  auditLog: 365,
  oneTimeTokens: 7,
};

/** How long each kind is kept. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function getRetention(ctx: Context): Promise<Retention> {
  requireStaff(ctx.actor, "auth:read");
  return readRetention(ctx.db);
}

/**
 * Changes how long kinds are kept; it holds from the next sweep on. Nobody shortens what he could not delete himself: what the desk has
 * takes `support:write` as well, the audit log `*` either way.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`
 */
export async function setRetention(ctx: Context, input: SetRetentionInput): Promise<Retention> {
  requireStaff(ctx.actor, "auth:write");
  return ctx.db.transaction(async (tx) => {
    // Changes at once would each write back what the other has not seen.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${SETTING}, 0))`);
    const before = await readRetention(tx);
    const value = retention.parse({ ...before, ...input });
    requireScopesOf(ctx.actor, before, value);
    await writeSetting(tx, SETTING, value);
    await recordAudit(tx, ctx, {
      action: "auth.retentionChanged",
      target: { kind: "settings", id: SETTING },
      details: { before, after: value },
    });
    return value;
  });
}

/** What support has, by whom only it may be deleted. */
const DESK_KINDS = ["resolvedMessages", "pushAttempts", "telegramUpdates", "finishedOutbox"] as const;

/** @throws DomainError `FORBIDDEN` */
function requireScopesOf(actor: Actor, before: Retention, after: Retention): void {
  const isShorter = (kind: RetentionKind) =>
    (after[kind] ?? Number.POSITIVE_INFINITY) < (before[kind] ?? Number.POSITIVE_INFINITY);
  if (DESK_KINDS.some(isShorter)) requireStaff(actor, "support:write");
  if (after.auditLog !== before.auditLog) requireStaff(actor, "*");
}

async function readRetention(db: Database | Transaction): Promise<Retention> {
  const stored = { ...DEFAULTS, ...(await readSetting<Partial<Retention>>(db, SETTING)) };
  // What was allowed once is not any more.
  if (stored.auditLog !== null) stored.auditLog = Math.max(stored.auditLog, MIN_AUDIT_DAYS);
  return retention.parse(stored);
}

/**
 * Deletes what is kept for longer than it should be, or says how much that is.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`
 */
export async function runRetention(ctx: Context, { dryRun }: { dryRun: boolean }): Promise<RetentionRun> {
  requireStaff(ctx.actor, "auth:write");
  const counts = await sweep(ctx, dryRun);
  if (!dryRun) await recordRun(ctx, counts);
  return { dryRun, counts };
}

/** As `runRetention`, by Pult itself, and what is spent goes too; a run that found nothing is not worth a line in the audit log. */
export async function sweepByRetention(ctx: Context): Promise<void> {
  requireStaff(ctx.actor, "*");
  await dropSpent(ctx.db, ctx.now());
  const counts = await sweep(ctx, false);
  if (Object.values(counts).some((count) => count > 0)) await recordRun(ctx, counts);
}

type Counts = RetentionRun["counts"];

const recordRun = (ctx: Context, counts: Counts): Promise<void> =>
  recordAudit(ctx.db, ctx, { action: "auth.retentionRan", details: { counts } });

async function sweep(ctx: Context, dryRun: boolean): Promise<Counts> {
  const kept = await readRetention(ctx.db);
  const counts: [RetentionKind, number][] = [];
  for (const kind of RETENTION_KINDS) {
    const days = kept[kind];
    if (days === null) counts.push([kind, 0]);
    else
      counts.push([
        kind,
        await sweepKind(ctx, kind, { before: new Date(ctx.now().getTime() - days * DAY_MS), dryRun }),
      ]);
  }
  return Object.fromEntries(counts) as Counts;
}

interface Sweep {
  before: Date;
  dryRun: boolean;
}

async function sweepKind(ctx: Context, kind: RetentionKind, how: Sweep): Promise<number> {
  const before = sql`${how.before.toISOString()}::timestamptz`;
  switch (kind) {
    case "resolvedMessages":
      return how.dryRun ? countOldMessages(ctx.db, how.before) : deleteOldMessages(ctx, how.before);
    case "pushAttempts":
    case "telegramUpdates":
    case "finishedOutbox":
      return sweepSupport(ctx.db, kind, how);
    case "endedSessions":
      return sweepOwn(ctx, how, { table: sessions, where: sql`least(expires_at, revoked_at) < ${before}` });
    case "oneTimeTokens":
      return sweepOwn(ctx, how, { table: oneTimeTokens, where: sql`expires_at < ${before}` });
    case "auditLog":
      return sweepOwn(ctx, how, {
        table: auditLog,
        where: sql`at < ${before}`,
        prepare: sql`select set_config('pult.audit_retention', 'on', true)`,
      });
  }
}

const sweepOwn = ({ db }: Context, { dryRun }: Sweep, rows: Parameters<typeof deleteInBatches>[1]): Promise<number> =>
  dryRun ? countWhere(db, rows) : deleteInBatches(db, rows);
