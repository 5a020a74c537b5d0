import { done, router, staffProcedure } from "../trpc.ts";
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
