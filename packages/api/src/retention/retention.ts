import type { Database, Transaction } from "@pult/db/database.ts";
import { auditLog, oneTimeTokens, sessions } from "@pult/db/schema/auth.ts";
import { sql } from "drizzle-orm";
import { recordAudit } from "../auth/audit.ts";
import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { malformed } from "../errors.ts";
import { trimLogs } from "../realtime/log.ts";
import { readSetting, writeSetting } from "../settings.ts";
import type { RetentionRule } from "../slice.ts";
import { slices } from "../slices.ts";
import { dropConsumed } from "./consumed.ts";
import { MIN_AUDIT_DAYS, type Retention, type SetRetentionInput } from "./schema.ts";
import { sweepRows } from "./sweep-rows.ts";

const SETTING = "auth.retention";
const DAY_MS = 24 * 60 * 60_000;

const ACCOUNT_RULES: readonly RetentionRule[] = [
  {
    kind: "endedSessions",
    defaultDays: 30,
    sweep: sweepRows(sessions, (before) => sql`least(expires_at, revoked_at) < ${before}`),
  },
  {
    kind: "auditLog",
    defaultDays: 365,
    minDays: MIN_AUDIT_DAYS,
    changeScope: "*",
    sweep: sweepRows(
      auditLog,
      (before) => sql`at < ${before}`,
      sql`select set_config('pult.audit_retention', 'on', true)`,
    ),
  },
  // Invitations, resets and set-up links that were never used, from their expiry on; others go with `dropConsumed`.
  { kind: "oneTimeTokens", defaultDays: 7, sweep: sweepRows(oneTimeTokens, (before) => sql`expires_at < ${before}`) },
];

/** Every kind that is kept for a number of days. */
export const retentionRules = (): RetentionRule[] => [...slices.flatMap((slice) => slice.retention), ...ACCOUNT_RULES];

/** How long each kind is kept. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function getRetention(ctx: Context): Promise<Retention> {
  requireStaff(ctx.actor, "auth:read");
  return readRetention(ctx.db);
}

/**
 * Changes how long kinds are kept, from the next sweep on. Shortening a kind takes the scope that deleting it takes, changing the audit
 * log's `*`.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `VALIDATION` for a kind that does not exist or fewer days than it takes
 */
export async function setRetention(ctx: Context, input: SetRetentionInput): Promise<Retention> {
  requireStaff(ctx.actor, "auth:write");
  requireKnown(input);
  return ctx.db.transaction(async (tx) => {
    // Two changes at once would each write back what the other has not read.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${SETTING}, 0))`);
    const before = await readRetention(tx);
    const after = { ...before, ...input };
    requireScopes(ctx, before, after);
    await writeSetting(tx, SETTING, after);
    await recordAudit(tx, ctx, {
      action: "auth.retentionChanged",
      target: { kind: "settings", id: SETTING },
      details: { before, after },
    });
    return after;
  });
}

/** @throws DomainError `VALIDATION` */
function requireKnown(input: SetRetentionInput): void {
  const rules = retentionRules();
  for (const [kind, days] of Object.entries(input)) {
    const rule = rules.find((one) => one.kind === kind);
    if (!rule) throw malformed(`${kind}: unknown kind; use one of ${rules.map((one) => one.kind).join(", ")}`);
    const { minDays = 1 } = rule;
    if (days !== null && days < minDays)
      throw malformed(`${kind}: keep it for at least ${minDays} days, or null for ever`);
  }
}

/** @throws DomainError `FORBIDDEN` */
function requireScopes({ actor }: Context, before: Retention, after: Retention): void {
  const days = (retention: Retention, kind: string) => retention[kind] ?? Number.POSITIVE_INFINITY;
  for (const { kind, scope, changeScope } of retentionRules()) {
    if (scope && days(after, kind) < days(before, kind)) requireStaff(actor, scope);
    if (changeScope && days(after, kind) !== days(before, kind)) requireStaff(actor, changeScope);
  }
}

async function readRetention(db: Database | Transaction): Promise<Retention> {
  const stored = (await readSetting<Retention>(db, SETTING)) ?? {};
  return Object.fromEntries(
    retentionRules().map(({ kind, defaultDays, minDays = 1 }) => {
      const days = stored[kind] === undefined ? defaultDays : stored[kind];
      // A minimum may be newer than the setting.
      return [kind, days === null ? null : Math.max(days, minDays)];
    }),
  );
}

/**
 * Deletes what is older than its days, or counts it.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`
 */
export async function runRetention(ctx: Context, { dryRun }: { dryRun: boolean }) {
  requireStaff(ctx.actor, "auth:write");
  const counts = await sweep(ctx, dryRun);
  if (!dryRun) await recordRun(ctx, counts);
  return { dryRun, counts };
}

/**
 * Once an hour: what is kept for a number of days, what was consumed, old log events, and what each slice no longer needs. A run that
 * deleted nothing by age is not recorded.
 */
export async function sweepAll(ctx: Context): Promise<void> {
  requireStaff(ctx.actor, "*");
  await dropConsumed(ctx.db, ctx.now());
  await trimLogs(
    ctx.db,
    slices.flatMap((slice) => slice.logs),
  );
  for (const slice of slices) await slice.sweep?.(ctx);
  const counts = await sweep(ctx, false);
  if (Object.values(counts).some((count) => count > 0)) await recordRun(ctx, counts);
}

/** Rows of each kind that were, or would be, deleted. */
type Counts = Record<string, number>;

const recordRun = (ctx: Context, counts: Counts): Promise<void> =>
  recordAudit(ctx.db, ctx, { action: "auth.retentionRan", details: { counts } });

async function sweep(ctx: Context, dryRun: boolean): Promise<Counts> {
  const kept = await readRetention(ctx.db);
  const counts: Counts = {};
  for (const rule of retentionRules()) {
    const days = kept[rule.kind] ?? null;
    const before = new Date(ctx.now().getTime() - (days ?? 0) * DAY_MS);
    counts[rule.kind] = days === null ? 0 : await rule.sweep(ctx, { before, dryRun });
  }
  return counts;
}
