import { z } from "zod";

const MAX_DAYS = 3_650;
/** What was done stays visible for long enough to be noticed. */
export const MIN_AUDIT_DAYS = 30;

/** Days that each kind is kept, 1 to 3,650, by kind; null keeps it for ever. Every slice adds its kinds. */
export const retention = z.record(z.string().max(100), z.number().int().min(1).max(MAX_DAYS).nullable());
export type Retention = z.infer<typeof retention>;

/** Kinds that are left out stay as they are. */
export const setRetentionInput = retention.refine((given) => Object.keys(given).length > 0, "Name a kind");
export type SetRetentionInput = z.infer<typeof setRetentionInput>;

export const runRetentionInput = z.object({ dryRun: z.boolean().default(false) });
