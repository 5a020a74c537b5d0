import { webhookDeliveries } from "@pult/db/schema/workflows.ts";
import { and, desc, eq, lt, ne } from "drizzle-orm";
import type { Page } from "../../chats/schema.ts";
import type { Context } from "../../context.ts";
import { deleteDeliveries } from "../../outbox/deliveries.ts";
import { enqueue, publishDue } from "../../outbox/outbox.ts";
import { workflowsError } from "../errors.ts";
import type {
  DeliveriesInput,
  IdInput,
  ReplayInput,
  WebhookDelivery,
  WebhookDeliveryState,
  WebhookTest,
} from "../schema.ts";
import { callWebhook, type DeliveryRow, deliverySubject, faultOf, isTaken, itemsOf } from "./delivery.ts";
import { requireWebhook } from "./webhooks.ts";

/** What a webhook was told, newest first. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function listDeliveries(ctx: Context, input: DeliveriesInput): Promise<Page<WebhookDelivery>> {
  const { webhookId, state, limit, offsetId } = input;
  await requireWebhook(ctx, ctx.db, { id: webhookId, scope: "chats:read" });
  const mine = and(
    eq(webhookDeliveries.webhookId, webhookId),
    state === undefined ? undefined : eq(webhookDeliveries.state, state),
  );
  const rows = await ctx.db
    .select()
    .from(webhookDeliveries)
    .where(and(mine, offsetId === undefined ? undefined : lt(webhookDeliveries.id, Number(offsetId))))
    .orderBy(desc(webhookDeliveries.id))
    .limit(limit + 1);
  const items = rows.slice(0, limit).map(presentDelivery);
  const hasMore = rows.length > limit;
  const totalCount = await ctx.db.$count(webhookDeliveries, mine);
  return { items, hasMore, totalCount, nextOffsetId: hasMore ? (items.at(-1)?.id ?? null) : null };
}

function presentDelivery(row: DeliveryRow): WebhookDelivery {
  const { webhookId, eventId, type, attempts, statusCode, ms, error, problem } = row;
  return {
    ...{ webhookId, eventId, type, attempts, statusCode, ms, error, problem },
    id: String(row.id),
    state: row.state as WebhookDeliveryState,
    params: row.params as WebhookDelivery["params"],
    attemptedAt: row.attemptedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

/**
 * Tells a webhook of an event again, behind what waits; its id is the same, so that the receiver can tell it is a repeat.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` while it waits
 */
export async function replayDelivery(ctx: Context, { deliveryId }: ReplayInput): Promise<WebhookDelivery> {
  const id = Number(deliveryId);
  const [known] = await ctx.db.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id));
  if (!known) throw workflowsError("deliveryNotFound");
  await requireWebhook(ctx, ctx.db, { id: known.webhookId });
  const row = await ctx.db.transaction(async (tx) => {
    await deleteDeliveries(tx, [deliverySubject(id)]);
    const now = ctx.now();
    const [queued] = await tx
      .update(webhookDeliveries)
      .set({ state: "pending", attempts: 0, queuedAt: now })
      .where(and(eq(webhookDeliveries.id, id), ne(webhookDeliveries.state, "pending")))
      .returning();
    if (!queued) throw workflowsError("deliveryWaits");
    await enqueue(tx, itemsOf(queued.webhookId, [id], now));
    return queued;
  });
  publishDue(ctx.bus);
  return presentDelivery(row);
}

/** Calls a webhook with an event of type `test`, now and once. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function testWebhook(ctx: Context, { id }: IdInput): Promise<WebhookTest> {
  const hook = await requireWebhook(ctx, ctx.db, { id });
  const at = ctx.now();
  const eventId = `test:${crypto.randomUUID()}`;
  const event = { at: at.toISOString(), payload: { type: "test", webhookId: id } };
  const answer = await callWebhook(ctx, hook, { eventId, type: "test", event });
  const isDelivered = isTaken(answer);
  const { reason, problem = null, params = null } = isDelivered ? { reason: null } : faultOf(answer, hook.url);
  const attempt = {
    statusCode: answer.kind === "answered" ? answer.status : null,
    ms: answer.ms,
    ...{ error: reason, problem, params },
  };
  await ctx.db.insert(webhookDeliveries).values({
    ...{ webhookId: id, eventId, type: "test", event, ...attempt, attempts: 1 },
    state: isDelivered ? "done" : "failed",
    ...{ queuedAt: at, attemptedAt: at, createdAt: at },
  });
  return { isDelivered, ...attempt };
}
