import { z } from "zod";
import { INSTAGRAM_LEASE, MAX_MESSAGE_BYTES } from "../instagram/instagram.ts";
import type { OutboxItem } from "../outbox/outbox.ts";
import { PUSH_LEASE, pushedTo } from "../push/delivery.ts";
import { botLease } from "../telegram/telegram.ts";
import { nameAttachment } from "./content.ts";
import { answerNotice } from "./notices.ts";
import type { DeliveryRoutes } from "./routes.ts";
import { messageSubject } from "./subjects.ts";
import { contentCalls, copyOf, type Outgoing } from "./telegram-calls.ts";
import type { TelegramPayload } from "./telegram-payload.ts";
import { splitTextByBytes } from "./text.ts";

const toInstagram = { messageId: z.number().int() };

/** A call to Instagram that a message owes. */
export const instagramPayload = z.discriminatedUnion("type", [
  z.object({ ...toInstagram, type: z.literal("text"), text: z.string() }),
  z.object({
    ...toInstagram,
    type: z.literal("photo"),
    fileKey: z.string(),
    contentType: z.string(),
    sizeBytes: z.number().int(),
  }),
  /** What Instagram does not take from Pult. */
  z.object({ ...toInstagram, type: z.literal("attachment"), name: z.string() }),
]);
export type InstagramPayload = z.infer<typeof instagramPayload>;

/** A push to the customer's devices that a message owes. */
export const pushPayload = z.object({ ...pushedTo, messageId: z.number().int() });
export type PushPayload = z.infer<typeof pushPayload>;

/** When, and by which ways. */
export interface DeliveryPlan {
  routes: DeliveryRoutes;
  now: Date;
}

/** What goes into the group leaves in order for each conversation: one that cannot pass holds up no other. */
export const groupQueue = (conversationId: number): string => `telegram:group:c${conversationId}`;

/** What a new message owes the outside world, by route, in the order in which it is to leave. */
export function planDeliveries(outgoing: Outgoing, plan: DeliveryPlan): OutboxItem[] {
  const { routes } = plan;
  const { kind } = outgoing.message;
  const { channel } = outgoing.conversation;
  const items: OutboxItem[] = [];
  if (routes.group && reachesGroup(outgoing)) items.push(...telegramCalls(outgoing, "group", plan));
  if (kind !== "agent" && !(kind === "greeting" && channel === "telegram")) return items;
  if (channel === "instagram") return [...items, ...instagramCalls(outgoing, plan)];
  if (routes.telegram && channel === "telegram") items.push(...telegramCalls(outgoing, "customer", plan));
  if (kind === "agent") items.push(pushOf(outgoing, plan));
  return items;
}

/** Messages to one person leave in order, photos first, as on the other channels. What was written in Instagram itself is there already. */
function instagramCalls({ message, conversation }: Outgoing, { now }: DeliveryPlan): OutboxItem<InstagramPayload>[] {
  if (message.source === "instagram") return [];
  const common = { messageId: message.id };
  const payloads: InstagramPayload[] = [
    ...message.photos.map(({ fileKey, contentType, sizeBytes }) => ({
      ...common,
      type: "photo" as const,
      fileKey,
      contentType,
      sizeBytes,
    })),
    ...(message.attachments ?? []).map((one) => ({
      ...common,
      type: "attachment" as const,
      name: nameAttachment(one),
    })),
    ...splitTextByBytes(message.text, MAX_MESSAGE_BYTES).map((text) => ({ ...common, type: "text" as const, text })),
  ];
  return payloads.map((payload) => ({
    queue: `instagram:${conversation.externalId}`,
    kind: "support.instagram",
    lease: INSTAGRAM_LEASE,
    priority: "reply",
    dueAt: now,
    payload,
    subject: messageSubject(message.id),
    personId: conversation.personId,
    route: "instagram",
  }));
}

/**
 * Pushes of one conversation leave in order, because a device shows them in the order in which they arrive. One that is due at once hurries
 * those that were given time to be seen: the customer has left.
 */
const pushOf = ({ message, conversation }: Outgoing, { routes, now }: DeliveryPlan): OutboxItem<PushPayload> => ({
  queue: `push:c${conversation.id}`,
  kind: "support.push",
  lease: PUSH_LEASE,
  priority: "reply",
  dueAt: new Date(now.getTime() + routes.pushDelayMs),
  expeditesEarlier: routes.pushDelayMs === 0,
  payload: { messageId: message.id, notice: answerNotice.name, deviceIds: null },
  subject: messageSubject(message.id),
  personId: conversation.personId,
  route: "push",
});

/** The group sees what customers write and what agents answer elsewhere; notes and greetings stay where they are. */
export function reachesGroup({ message: { kind, source } }: Outgoing): boolean {
  return kind === "customer" || (kind === "agent" && source !== "group");
}

export function telegramItem(
  { message, conversation }: Outgoing,
  payload: TelegramPayload,
  { routes, now }: DeliveryPlan,
): OutboxItem<TelegramPayload> {
  return {
    queue: payload.to === "group" ? groupQueue(conversation.id) : `telegram:${conversation.externalId}`,
    kind: "support.telegram",
    lease: botLease(routes.botId),
    priority: "reply",
    dueAt: now,
    payload,
    subject: messageSubject(message.id),
    personId: conversation.personId,
    route: payload.to === "group" ? "group" : "telegram",
  };
}

export const addressOf = ({ message, conversation }: Outgoing, to: "group" | "customer") => ({
  messageId: message.id,
  to,
  chatId: to === "customer" ? Number(conversation.externalId) : null,
});

function telegramCalls(outgoing: Outgoing, to: "group" | "customer", plan: DeliveryPlan): OutboxItem[] {
  const { message } = outgoing;
  const common = { ...addressOf(outgoing, to), replyToId: message.replyTo?.id ?? null };
  const copied = (message.attachments ?? []).length > 0 ? copyOf(outgoing, to) : null;
  const payloads = copied ? [{ ...common, ...copied }] : contentCalls(message, common, plan.now);
  return payloads.map((payload) => telegramItem(outgoing, payload, plan));
}
