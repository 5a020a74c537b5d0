import { countWhere, deleteInBatches } from "@pult/db/delete-in-batches.ts";
import { broadcasts, instagramEvents, instagramWebhooks, liveAlerts } from "@pult/db/schema/notifications.ts";
import { type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { RetentionRule, Slice } from "../slice.ts";
import { statusWorker } from "./alerts/status.ts";
import { broadcastHandler } from "./broadcasts/delivery.ts";
import { alertsTopic, broadcastsTopic, eventsTopic } from "./events.ts";
import { drainWebhooks, webhookWorker } from "./instagram/webhooks.ts";
import { personalData } from "./personal-data.ts";

const byAge = (kind: string, table: PgTable, where: (before: SQL) => SQL): RetentionRule => ({
  kind,
  defaultDays: 30,
  scope: "notifications:write",
  sweep({ db }, { before, dryRun }) {
    const rows = { table, where: where(sql`${before.toISOString()}::timestamptz`) };
    return dryRun ? countWhere(db, rows) : deleteInBatches(db, rows);
  },
});

export const notificationsSlice: Slice = {
  name: "notifications",
  logs: [eventsTopic, alertsTopic, broadcastsTopic],
  retention: [
    { ...byAge("instagramEvents", instagramEvents, (before) => sql`received_at < ${before}`), defaultDays: null },
    // Webhooks that could not be read; the others are gone as soon as their events are stored.
    byAge("instagramWebhooks", instagramWebhooks, (before) => sql`failure is not null and received_at < ${before}`),
  ],
  personalData,
  outbox: { "notifications.broadcast": broadcastHandler },
  workers: [webhookWorker, statusWorker],
  sealedColumns: [],
  metrics: [
    {
      name: "pult_instagram_webhooks_waiting",
      help: "Stored webhooks of Instagram whose events are not stored yet",
      kind: "gauge",
      read: ({ db }) => countWhere(db, { table: instagramWebhooks, where: sql`failure is null` }),
    },
  ],
  storedFiles: async () => [],
  inventory: async (db) => ({
    instagramEvents: await db.$count(instagramEvents),
    liveAlerts: await db.$count(liveAlerts),
    broadcasts: await db.$count(broadcasts),
  }),
  drain: drainWebhooks,
};
