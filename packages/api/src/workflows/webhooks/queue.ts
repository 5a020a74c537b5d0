import { webhookDeliveries, webhooks } from "@pult/db/schema/workflows.ts";
import { eq } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { enqueue, publishDue } from "../../outbox/outbox.ts";
import { workflowsError } from "../errors.ts";
import { itemsOf, type KeptEvent } from "./delivery.ts";

/**
 * Puts an event into a webhook's queue, once for its id, whatever the webhook's filters say.
 * @throws DomainError `NOT_FOUND`
 */
export async function queueDelivery(
  ctx: Context,
  {
    webhookId,
    eventId,
    accountId,
    event,
  }: { webhookId: string; eventId: string; accountId: string | null; event: KeptEvent },
): Promise<void> {
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    const [hook] = await tx.select({ id: webhooks.id }).from(webhooks).where(eq(webhooks.id, webhookId)).for("share");
    if (!hook) throw workflowsError("webhookNotFound");
    const rows = await tx
      .insert(webhookDeliveries)
      .values({
        ...{ webhookId, eventId, accountId, event, type: event.payload.type },
        ...{ state: "pending", queuedAt: now, createdAt: now },
      })
      .onConflictDoNothing()
      .returning({ id: webhookDeliveries.id });
    await enqueue(
      tx,
      itemsOf(
        webhookId,
        rows.map(({ id }) => id),
        now,
      ),
    );
  });
  publishDue(ctx.bus);
}
