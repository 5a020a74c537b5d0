import { done, router, staffProcedure } from "../trpc.ts";
import { createAutomation, deleteAutomation, listAutomations, updateAutomation } from "./automations/automations.ts";
import { dryRun } from "./automations/dry-run.ts";
import { listRuns, replayRun } from "./automations/runs.ts";
import {
  createAutomationInput,
  dryRunInput,
  replayRunInput,
  runsInput,
  updateAutomationInput,
} from "./automations/schema.ts";
import { listEvents } from "./events/list.ts";
import {
  createWebhookInput,
  deliveriesInput,
  idInput,
  listEventsInput,
  replayInput,
  updateWebhookInput,
} from "./schema.ts";
import { listDeliveries, replayDelivery, testWebhook } from "./webhooks/deliveries.ts";
import { createWebhook, deleteWebhook, listWebhooks, rotateWebhookSecret, updateWebhook } from "./webhooks/webhooks.ts";

const read = staffProcedure("chats:read");
const write = staffProcedure("chats:write");

export const eventsRouter = router({
  list: read.input(listEventsInput.prefault({})).query(({ ctx, input }) => listEvents(ctx, input)),
});

export const webhooksRouter = router({
  list: read.query(async ({ ctx }) => ({ items: await listWebhooks(ctx) })),
  create: write.input(createWebhookInput).mutation(({ ctx, input }) => createWebhook(ctx, input)),
  update: write.input(updateWebhookInput).mutation(({ ctx, input }) => updateWebhook(ctx, input)),
  delete: write.input(idInput).mutation(done(deleteWebhook)),
  rotateSecret: write.input(idInput).mutation(({ ctx, input }) => rotateWebhookSecret(ctx, input)),
  test: write.input(idInput).mutation(({ ctx, input }) => testWebhook(ctx, input)),
  deliveries: read.input(deliveriesInput).query(({ ctx, input }) => listDeliveries(ctx, input)),
  replay: write.input(replayInput).mutation(({ ctx, input }) => replayDelivery(ctx, input)),
});

export const automationsRouter = router({
  list: read.query(async ({ ctx }) => ({ items: await listAutomations(ctx) })),
  create: write.input(createAutomationInput).mutation(({ ctx, input }) => createAutomation(ctx, input)),
  update: write.input(updateAutomationInput).mutation(({ ctx, input }) => updateAutomation(ctx, input)),
  delete: write.input(idInput).mutation(done(deleteAutomation)),
  runs: read.input(runsInput).query(({ ctx, input }) => listRuns(ctx, input)),
  replay: write.input(replayRunInput).mutation(({ ctx, input }) => replayRun(ctx, input)),
  dryRun: read.input(dryRunInput).query(({ ctx, input }) => dryRun(ctx, input)),
});
