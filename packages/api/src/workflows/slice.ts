import { automationRuns, automations, webhookDeliveries, webhooks } from "@pult/db/schema/workflows.ts";
import { and, asc, inArray, lt, ne, sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { deleteDeliveries } from "../outbox/deliveries.ts";
import { sweepRows } from "../retention/sweep-rows.ts";
import type { Slice } from "../slice.ts";
import { automationsWorker } from "./automations/react.ts";
import { runHandler } from "./automations/run.ts";
import { automationNotice, webhookFailingNotice } from "./notices.ts";
import { personalData } from "./personal-data.ts";
import { deliverySubject, webhookHandler } from "./webhooks/delivery.ts";
import { webhooksWorker } from "./webhooks/fan-out.ts";
import { placeOfWebhookSecret, WEBHOOK_SECRETS } from "./webhooks/secrets.ts";

export const workflowsSlice: Slice = {
  name: "workflows",
  logs: [],
  retention: [
    { kind: "webhookDeliveries", defaultDays: 7, scope: "chats:write", sweep: sweepDeliveries },
    {
      kind: "automationRuns",
      defaultDays: 30,
      scope: "chats:write",
      sweep: sweepRows(automationRuns, (before) => sql`finished_at < ${before}`),
    },
  ],
  personalData,
  outbox: { "workflows.webhook": webhookHandler, "workflows.run": runHandler },
  workers: [webhooksWorker, automationsWorker],
  notices: [webhookFailingNotice, automationNotice],
  sealedColumns: WEBHOOK_SECRETS.map((column) => ({
    table: webhooks,
    id: webhooks.id,
    sealed: webhooks[column],
    placeOf: (id: string) => placeOfWebhookSecret(id, column),
  })),
  metrics: [],
  storedFiles: async () => [],
  inventory: async (db) => ({ webhooks: await db.$count(webhooks), automations: await db.$count(automations) }),
};

const BATCH = 1_000;

/** With what the outbox keeps of them; what still waits stays. */
async function sweepDeliveries(
  { db }: Context,
  { before, dryRun }: { before: Date; dryRun: boolean },
): Promise<number> {
  const old = and(lt(webhookDeliveries.createdAt, before), ne(webhookDeliveries.state, "pending"));
  if (dryRun) return db.$count(webhookDeliveries, old);
  for (let total = 0; ; ) {
    const ids = await db.transaction(async (tx) => {
      const rows = await tx
        .select({ id: webhookDeliveries.id })
        .from(webhookDeliveries)
        .where(old)
        .orderBy(asc(webhookDeliveries.id))
        .limit(BATCH)
        .for("update", { skipLocked: true });
      const found = rows.map(({ id }) => id);
      if (found.length === 0) return found;
      await deleteDeliveries(tx, found.map(deliverySubject));
      await tx.delete(webhookDeliveries).where(inArray(webhookDeliveries.id, found));
      return found;
    });
    total += ids.length;
    if (ids.length < BATCH) return total;
  }
}
