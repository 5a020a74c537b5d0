import { broadcasts, instagramEvents, instagramWebhooks, liveAlerts } from "@pult/db/schema/notifications.ts";
import { isNull, sql } from "drizzle-orm";
import { sweepRows } from "../retention/sweep-rows.ts";
import type { Slice } from "../slice.ts";
import { statusWorker } from "./alerts/status.ts";
import { broadcastHandler } from "./broadcasts/delivery.ts";
import { alertsTopic, broadcastsTopic, eventsTopic } from "./events.ts";
import { drainWebhooks, webhookWorker } from "./instagram/webhooks.ts";
import { personalData } from "./personal-data.ts";

export const notificationsSlice: Slice = {
  name: "notifications",
  logs: [eventsTopic, alertsTopic, broadcastsTopic],
  retention: [
    {
      kind: "instagramEvents",
      defaultDays: null,
      scope: "notifications:write",
      sweep: sweepRows(instagramEvents, (before) => sql`received_at < ${before}`),
    },
    // Those that could not be read; the others are gone as soon as their events are stored.
    {
      kind: "instagramWebhooks",
      defaultDays: 30,
      scope: "notifications:write",
      sweep: sweepRows(instagramWebhooks, (before) => sql`failure is not null and received_at < ${before}`),
    },
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
      read: ({ db }) => db.$count(instagramWebhooks, isNull(instagramWebhooks.failure)),
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
