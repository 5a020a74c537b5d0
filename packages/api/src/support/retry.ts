import { sql } from "drizzle-orm";
import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { retryDeliveries } from "../outbox/deliveries.ts";
import { publishDue } from "../outbox/outbox.ts";
import { findActive, recordAttempt, targetOf } from "../push/subscriptions.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { selectConversations } from "./conversation-rows.ts";
import { supportError } from "./errors.ts";
import { conversationTopic } from "./events.ts";
import { selectMessages } from "./message-rows.ts";
import { presentMessage } from "./stored.ts";
import { messageSubject } from "./subjects.ts";

/** Puts the failed deliveries of a message back into the outbox. @throws DomainError `NOT_FOUND` */
export async function retryDelivery(ctx: Context, input: { messageId: number }) {
  requireStaff(ctx.actor, "support:write");
  const { message, appended } = await ctx.db.transaction(async (tx) => {
    await retryDeliveries(tx, messageSubject(input.messageId), ctx.now());
    const [found] = await selectMessages(tx, sql`m.id = ${input.messageId}`, { deliveries: true });
    if (!found) throw supportError("messageNotFound");
    const { message } = found;
    const payload = { type: "deliveryChanged", messageId: message.id, deliveries: message.deliveries };
    return {
      message,
      appended: await appendToLogs(tx, [{ topic: conversationTopic.name(message.conversationId), payload }]),
    };
  });
  publishAppended(ctx.bus, appended);
  publishDue(ctx.bus);
  return { message: presentMessage(message, ctx.mediaLinks, "agent") };
}

/** Sends a test push to one device and shows what the provider said. @throws DomainError `NOT_FOUND` */
export async function testPush(ctx: Context, input: { conversationId: number; deviceId: string }) {
  requireStaff(ctx.actor, "support:write");
  const [conversation] = await selectConversations(ctx.db, sql`c.id = ${input.conversationId}`);
  const customer = conversation && { namespace: conversation.channel, externalId: conversation.externalId };
  const device = customer ? await findActive(ctx.db, customer, input.deviceId) : null;
  if (!device) throw supportError("deviceNotFound");
  const result = await ctx.push.send(targetOf(device), {
    title: ctx.config.workspace,
    body: "Test",
    data: { type: "test" },
    collapseKey: "test",
    ttlSeconds: 60,
  });
  await recordAttempt(ctx.db, { subscriptionId: device.id, subject: null, result, now: ctx.now() });
  return { state: result.state, providerStatus: result.providerStatus, reason: result.reason };
}
