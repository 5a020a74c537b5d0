import { devices } from "@pult/db/schema/support.ts";
import { and, eq, isNull, sql } from "drizzle-orm";
import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { retryDeliveries } from "../outbox/deliveries.ts";
import { publishOwed } from "../outbox/outbox.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { supportError } from "./errors.ts";
import { conversationTopic } from "./events.ts";
import { selectMessages } from "./message-rows.ts";
import { recordPush, targetOf } from "./push-records.ts";
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
  publishOwed(ctx.bus);
  return { message: presentMessage(message, ctx.mediaLinks, "agent") };
}

/** Sends a test push to one device and shows what the provider said. @throws DomainError `NOT_FOUND` */
export async function testPush(ctx: Context, input: { conversationId: number; deviceId: string }) {
  requireStaff(ctx.actor, "support:write");
  const [device] = await ctx.db
    .select()
    .from(devices)
    .where(
      and(eq(devices.id, input.deviceId), eq(devices.conversationId, input.conversationId), isNull(devices.removedAt)),
    );
  if (!device) throw supportError("deviceNotFound");
  const result = await ctx.push.send(targetOf(device), {
    title: ctx.config.workspace,
    body: "Test",
    data: { type: "test" },
    collapseKey: "test",
    ttlSeconds: 60,
  });
  await recordPush(ctx, { device, messageId: null, result });
  return { state: result.state, providerStatus: result.providerStatus, reason: result.reason };
}
