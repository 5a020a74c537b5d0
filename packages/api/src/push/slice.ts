import { pushAttempts } from "@pult/db/schema/push.ts";
import { sql } from "drizzle-orm";
import { sweepRows } from "../retention/sweep-rows.ts";
import type { Slice } from "../slice.ts";
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
  notices: [],
  sealedColumns: [],
  metrics: [],
  storedFiles: async () => [],
  inventory: async () => ({}),
};

/** For the retention of slices that push. */
export const sweepAttempts = sweepRows(pushAttempts, (before) => sql`attempted_at < ${before}`);
