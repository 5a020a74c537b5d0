import { z } from "zod";

const MAX_DAYS = 3_650;
/** What somebody did stays visible for long enough to be noticed. */
export const MIN_AUDIT_DAYS = 30;
/** Whole days; null keeps for ever. */
const days = z.number().int().min(1).max(MAX_DAYS).nullable();

/** How many days each kind is kept. */
export const retention = z.object({
  /** Messages, with photos and mappings, of conversations that are resolved. */
  resolvedMessages: days,
  pushAttempts: days,
  /** Worked-off updates from Telegram, as received. */
  telegramUpdates: days,
  /** Sessions, from their end on. */
  endedSessions: days,
  /** Deliveries that are done or were not needed; failed ones stay until they are retried. */
  finishedOutbox: days,
  auditLog: z
    .number()
    .int()
    .min(MIN_AUDIT_DAYS, `The audit log is kept for ${MIN_AUDIT_DAYS} days at least`)
    .max(MAX_DAYS)
    .nullable(),
  /** Invitations, resets and set-up links that nobody used, from their expiry on; others go with it. */
  oneTimeTokens: days,
});
export type Retention = z.infer<typeof retention>;
export const RETENTION_KINDS = retention.keyof().options;
export type RetentionKind = keyof Retention;

/** Kinds that are left out stay as they are. */
export const setRetentionInput = retention.partial().refine((given) => Object.keys(given).length > 0, "Name a kind");
export type SetRetentionInput = z.infer<typeof setRetentionInput>;

export const runRetentionInput = z.object({ dryRun: z.boolean().default(false) });

export const retentionRun = z.object({
  dryRun: z.boolean(),
  /** Rows of each kind that were, or would be, deleted. */
  counts: z.record(retention.keyof(), z.number().int().nonnegative()),
});
export type RetentionRun = z.infer<typeof retentionRun>;
