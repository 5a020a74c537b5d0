import {
  broadcastSubscriptions,
  broadcasts,
  broadcastTargets,
  instagramConnection,
  instagramEvents,
  instagramWebhooks,
  liveAlerts,
  toasts,
} from "@pult/db/schema/notifications.ts";
import { isNull, sql } from "drizzle-orm";
import { placeOfToken } from "../instagram/connection.ts";
import { healthTopic } from "../instagram/health.ts";
import { silenceNotice, tokenNotice } from "../instagram/notices.ts";
import { sweepRows } from "../retention/sweep-rows.ts";
import type { Slice } from "../slice.ts";
import { statusWorker } from "./alerts/status.ts";
import { alertHandler } from "./alerts/tell.ts";
import { reachCounterOf, reachWorker } from "./analytics/reach.ts";
import { customerHandler } from "./broadcasts/customer-delivery.ts";
import { broadcastHandler } from "./broadcasts/delivery.ts";
import { progressWorker } from "./broadcasts/progress.ts";
import { broadcastReceiver } from "./broadcasts/receiver.ts";
import { answerHandler } from "./broadcasts/subscriptions.ts";
import { alertsTopic, broadcastsTopic, eventsTopic, toastsTopic } from "./events.ts";
import { deskWorker } from "./instagram/desk.ts";
import { replyHandler } from "./instagram/replies.ts";
import { upkeepWorker } from "./instagram/upkeep.ts";
import { drainWebhooks, webhookWorker } from "./instagram/webhooks.ts";
import { alertNotice, broadcastNotice } from "./notices.ts";
import { personalData } from "./personal-data.ts";
import { readerBoardOf, readersWorker, sweepReaders } from "./readers/reader-board.ts";

export const notificationsSlice: Slice = {
  name: "notifications",
  logs: [eventsTopic, alertsTopic, broadcastsTopic, toastsTopic, healthTopic],
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
    {
      kind: "toasts",
      defaultDays: 30,
      scope: "notifications:write",
      sweep: sweepRows(toasts, (before) => sql`created_at < ${before}`),
    },
    // Customers of broadcasts that have ended; how many they were in each state stays with the broadcast.
    {
      kind: "broadcastRecipients",
      defaultDays: 90,
      scope: "notifications:write",
      sweep: sweepRows(
        broadcastTargets,
        (before) => sql`broadcast_id in (
          select id from broadcasts
          where recipients = 'customers' and created_at < ${before} and starts_at < ${before} and (counts->>'pending')::int = 0)`,
      ),
    },
  ],
  personalData,
  outbox: {
    "notifications.broadcast": broadcastHandler,
    "notifications.alert": alertHandler,
    "notifications.customer": customerHandler,
    "notifications.answer": answerHandler,
    "notifications.instagramReply": replyHandler,
  },
  workers: [webhookWorker, deskWorker, upkeepWorker, statusWorker, progressWorker, readersWorker, reachWorker],
  notices: [alertNotice, broadcastNotice, tokenNotice, silenceNotice],
  telegram: broadcastReceiver,
  sealedColumns: [
    {
      table: instagramConnection,
      id: instagramConnection.id,
      sealed: instagramConnection.token,
      placeOf: placeOfToken,
    },
  ],
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
    broadcastSubscriptions: await db.$count(broadcastSubscriptions),
    toasts: await db.$count(toasts),
  }),
  sweep: sweepReaders,
  async drain(ctx) {
    await drainWebhooks(ctx);
    await readerBoardOf(ctx).flush();
    await reachCounterOf(ctx).flush(ctx);
  },
};
