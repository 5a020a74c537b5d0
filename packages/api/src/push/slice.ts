import { countWhere, deleteInBatches } from "@pult/db/delete-in-batches.ts";
import { pushAttempts } from "@pult/db/schema/push.ts";
import { sql } from "drizzle-orm";
import type { RetentionRule, Slice } from "../slice.ts";
import {
  eraseSubscriptions,
  exportSubscriptions,
  lockSubscriptions,
  moveSubscriptions,
  returnSubscriptions,
} from "./personal-data.ts";

/** People's devices. Whether a push is still wanted is for the slice that asked for it. */
export const pushSlice: Slice = {
  name: "push",
  logs: [],
  retention: [],
  personalData: {
    readScope: "auth:read",
    writeScope: "auth:write",
    tables: { push_subscriptions: { path: "devices" }, push_attempts: { path: "pushAttempts" } },
    conversations: async () => [],
    lock: lockSubscriptions,
    export: (ctx, { personIds }) => exportSubscriptions(ctx.db, personIds),
    planErasure:
      async () =>
      async (tx, { personIds }) => {
        const counts = await eraseSubscriptions(tx, personIds);
        return { counts, remaining: [], cut: [], forget: [] };
      },
    merge: moveSubscriptions,
    unmerge: returnSubscriptions,
  },
  outbox: {},
  workers: [],
  sealedColumns: [],
  metrics: [],
  storedFiles: async () => [],
  inventory: async () => ({}),
};

/** Deletes attempts that are older, or counts them; for the retention of slices that push. */
export const sweepAttempts: RetentionRule["sweep"] = ({ db }, { before, dryRun }) => {
  const rows = { table: pushAttempts, where: sql`attempted_at < ${before.toISOString()}::timestamptz` };
  return dryRun ? countWhere(db, rows) : deleteInBatches(db, rows);
};
