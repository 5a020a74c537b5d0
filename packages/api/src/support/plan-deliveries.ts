import { z } from "zod";
import { INSTAGRAM_LEASE, MAX_MESSAGE_BYTES } from "../instagram/instagram.ts";
import type { OutboxItem } from "../outbox/outbox.ts";
import { PUSH_LEASE, pushedTo } from "../push/delivery.ts";
import { botLease } from "../telegram/telegram.ts";
import type { ConversationRecord } from "./conversation-rows.ts";
import { answerNotice } from "./notices.ts";
import type { DeliveryRoutes } from "./routes.ts";
import type { StoredMessage } from "./stored.ts";
import { messageSubject } from "./subjects.ts";
import { splitText, splitTextByBytes } from "./text.ts";

const toTelegram = {
  messageId: z.number().int(),
  to: z.enum(["group", "customer"]),
  /** The customer's private chat; null for the group, which may move. */
  chatId: z.number().int().nullable(),
};

/** A call into Telegram that a message owes. */
export const telegramPayload = z.discriminatedUnion("type", [
  /** A part of the message's text, into the customer's topic or their private chat. */
  z.object({
    ...toTelegram,
    type: z.literal("text"),
    text: z.string(),
    part: z.number().int(),
    replyToId: z.number().int().nullable(),
  }),
  /** The message's photos, as one album, with the text as caption when it is short. */
  z.object({
    ...toTelegram,
    type: z.literal("photos"),
    photoKeys: z.array(z.string()),
    caption: z.string(),
    replyToId: z.number().int().nullable(),
  }),
  /** The message was edited: its copy follows. */
  z.object({ ...toTelegram, type: z.literal("edit"), text: z.string() }),
]);
export type TelegramPayload = z.infer<typeof telegramPayload>;

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
]);
export type InstagramPayload = z.infer<typeof instagramPayload>;

/** A push to the customer's devices that a message owes. */
export const pushPayload = z.object({ ...pushedTo, messageId: z.number().int() });
export type PushPayload = z.infer<typeof pushPayload>;

export interface Outgoing {
  message: Pick<StoredMessage, "id" | "kind" | "source" | "text" | "author" | "photos" | "replyTo">;
  conversation: Pick<ConversationRecord, "id" | "channel" | "externalId" | "personId">;
}

/** When, and by which ways. */
export interface DeliveryPlan {
  routes: DeliveryRoutes;
  now: Date;
}

const TEXT_LIMIT = 4096;
const CAPTION_LIMIT = 1024;
/** A group without topics shows above each part whose words they are; the longest such line. @see label in telegram-delivery.ts */
const LABEL_ROOM = 300;

/** Messages of one Telegram chat leave in order, whatever conversation they belong to. */
export const GROUP_QUEUE = "telegram:group";

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
function reachesGroup({ message: { kind, source } }: Outgoing): boolean {
  return kind === "customer" || (kind === "agent" && source !== "group");
}

/** In the group everything comes from the bot, so an agent's words carry their name. */
function textFor(to: "group" | "customer", { kind, text, author }: Outgoing["message"]): string {
  if (to === "customer" || kind === "customer") return text;
  return text === "" ? author.name : `${author.name}: ${text}`;
}

function telegramItem(
  { message, conversation }: Outgoing,
  payload: TelegramPayload,
  { routes, now }: DeliveryPlan,
): OutboxItem<TelegramPayload> {
  return {
    queue: payload.to === "group" ? GROUP_QUEUE : `telegram:${conversation.externalId}`,
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

const addressOf = ({ message, conversation }: Outgoing, to: "group" | "customer") => ({
  messageId: message.id,
  to,
  chatId: to === "customer" ? Number(conversation.externalId) : null,
});

function telegramCalls(outgoing: Outgoing, to: "group" | "customer", plan: DeliveryPlan): OutboxItem[] {
  const { message } = outgoing;
  const text = textFor(to, message);
  const common = { ...addressOf(outgoing, to), replyToId: message.replyTo?.id ?? null };
  const photoKeys = message.photos.map((photo) => photo.fileKey);
  const room = to === "group" && message.kind === "customer" ? LABEL_ROOM : 0;
  const captioned = photoKeys.length > 0 && text.length <= CAPTION_LIMIT - room;
  const payloads: TelegramPayload[] = [];
  if (photoKeys.length > 0) payloads.push({ ...common, type: "photos", photoKeys, caption: captioned ? text : "" });
  if (!captioned) {
    const parts = splitText(text, TEXT_LIMIT - room);
    payloads.push(...parts.map((text, part) => ({ ...common, type: "text" as const, text, part })));
  }
  return payloads.map((payload) => telegramItem(outgoing, payload, plan));
}

/** What an edit owes: only text that went out as one piece can be edited in place. */
export function planEdits(outgoing: Outgoing, plan: DeliveryPlan): OutboxItem[] {
  const { message, conversation } = outgoing;
  const edit = (to: "group" | "customer"): OutboxItem => ({
    ...telegramItem(outgoing, { ...addressOf(outgoing, to), type: "edit", text: textFor(to, message) }, plan),
    replaces: `edit:${message.id}`,
  });
  const items: OutboxItem[] = [];
  if (plan.routes.group && reachesGroup(outgoing)) items.push(edit("group"));
  if (plan.routes.telegram && message.kind === "agent" && conversation.channel === "telegram")
    items.push(edit("customer"));
  return items;
}
