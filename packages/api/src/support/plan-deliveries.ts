import { z } from "zod";
import type { OutboxItem } from "../outbox/outbox.ts";
import { PUSH_LEASE, pushedTo } from "../push/delivery.ts";
import { botLease } from "../telegram/telegram.ts";
import type { DeliveryRoutes } from "./routes.ts";
import type { MessageKind, Source } from "./schema.ts";
import { messageSubject } from "./subjects.ts";
import { splitText } from "./text.ts";

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

/** A push to the customer's devices that a message owes. */
export const pushPayload = z.object({ ...pushedTo, messageId: z.number().int() });
export type PushPayload = z.infer<typeof pushPayload>;

export interface Outgoing {
  id: number;
  conversationId: number;
  kind: MessageKind;
  source: Source;
  text: string;
  /** How the group names the author. */
  authorName: string;
  photoKeys: string[];
  replyToId: number | null;
  channel: string;
  externalId: string;
  /** The customer. */
  personId: string;
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
export function planDeliveries(message: Outgoing, plan: DeliveryPlan): OutboxItem[] {
  const { routes } = plan;
  const items: OutboxItem[] = [];
  if (routes.group && reachesGroup(message)) {
    items.push(...telegramCalls({ ...message, text: groupText(message) }, "group", plan));
  }
  if (message.kind !== "agent" && !(message.kind === "greeting" && message.channel === "telegram")) return items;
  if (routes.telegram && message.channel === "telegram") items.push(...telegramCalls(message, "customer", plan));
  if (message.kind === "agent") items.push(pushOf(message, plan));
  return items;
}

/**
 * Pushes of one conversation leave in order, because a device shows them in the order in which they arrive. One that is due at once hurries
 * those that were given time to be seen: the customer has left.
 */
const pushOf = (
  { id, conversationId, personId }: Outgoing,
  { routes, now }: DeliveryPlan,
): OutboxItem<PushPayload> => ({
  queue: `push:c${conversationId}`,
  kind: "support.push",
  lease: PUSH_LEASE,
  priority: "reply",
  dueAt: new Date(now.getTime() + routes.pushDelayMs),
  expeditesEarlier: routes.pushDelayMs === 0,
  payload: { messageId: id, deviceIds: null },
  subject: messageSubject(id),
  personId,
  route: "push",
});

/** The group sees what customers write and what agents answer elsewhere; notes and greetings stay where they are. */
function reachesGroup(message: Outgoing): boolean {
  return message.kind === "customer" || (message.kind === "agent" && message.source !== "group");
}

/** In the group everything comes from the bot, so an agent's words carry their name. */
function groupText(message: Outgoing): string {
  if (message.kind === "customer") return message.text;
  return message.text === "" ? message.authorName : `${message.authorName}: ${message.text}`;
}

function telegramItem(
  message: Outgoing,
  payload: TelegramPayload,
  { routes, now }: DeliveryPlan,
): OutboxItem<TelegramPayload> {
  return {
    queue: payload.to === "group" ? GROUP_QUEUE : `telegram:${message.externalId}`,
    kind: "support.telegram",
    lease: botLease(routes.botId),
    priority: "reply",
    dueAt: now,
    payload,
    subject: messageSubject(message.id),
    personId: message.personId,
    route: payload.to === "group" ? "group" : "telegram",
  };
}

const addressOf = ({ id, externalId }: Outgoing, to: "group" | "customer") => ({
  messageId: id,
  to,
  chatId: to === "customer" ? Number(externalId) : null,
});

function telegramCalls(message: Outgoing, to: "group" | "customer", plan: DeliveryPlan): OutboxItem[] {
  const { replyToId, photoKeys } = message;
  const address = addressOf(message, to);
  const room = to === "group" && message.kind === "customer" ? LABEL_ROOM : 0;
  const captioned = photoKeys.length > 0 && message.text.length <= CAPTION_LIMIT - room;
  const payloads: TelegramPayload[] = [];
  if (photoKeys.length > 0)
    payloads.push({ ...address, type: "photos", photoKeys, caption: captioned ? message.text : "", replyToId });
  if (!captioned) {
    const parts = splitText(message.text, TEXT_LIMIT - room);
    payloads.push(...parts.map((text, part) => ({ ...address, type: "text" as const, text, part, replyToId })));
  }
  return payloads.map((payload) => telegramItem(message, payload, plan));
}

/** What an edit owes: only text that went out as one piece can be edited in place. */
export function planEdits(message: Outgoing, plan: DeliveryPlan): OutboxItem[] {
  const edit = (to: "group" | "customer", text: string): OutboxItem => ({
    ...telegramItem(message, { ...addressOf(message, to), type: "edit", text }, plan),
    replaces: `edit:${message.id}`,
  });
  const items: OutboxItem[] = [];
  if (plan.routes.group && reachesGroup(message)) items.push(edit("group", groupText(message)));
  if (plan.routes.telegram && message.kind === "agent" && message.channel === "telegram")
    items.push(edit("customer", message.text));
  return items;
}
