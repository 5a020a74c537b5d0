import { z } from "zod";
import { fileKind, textEntity } from "./content.ts";

const toTelegram = {
  messageId: z.number().int(),
  to: z.enum(["group", "customer"]),
  /** The customer's private chat; null for the group, which may move. */
  chatId: z.number().int().nullable(),
  /** Calls whose answer was lost: the message may have arrived. */
  lost: z.number().int().optional(),
};
const replyToId = z.number().int().nullable();
const entities = z.array(textEntity).optional();

const file = {
  kind: fileKind,
  fileKey: z.string(),
  name: z.string().nullable(),
  durationSeconds: z.number().nullable(),
};
const place = { latitude: z.number(), longitude: z.number() };

/** A call into Telegram that a message owes. */
export const telegramPayload = z.discriminatedUnion("type", [
  /** A part of the message's text, into the customer's topic or their private chat. */
  z.object({
    ...toTelegram,
    type: z.literal("text"),
    text: z.string(),
    entities,
    part: z.number().int(),
    replyToId,
  }),
  /** The message's photos, as one album, with the text as caption when it is short. */
  z.object({
    ...toTelegram,
    type: z.literal("photos"),
    photoKeys: z.array(z.string()),
    caption: z.string(),
    entities,
    replyToId,
  }),
  /** A file of the message. */
  z.object({ ...toTelegram, type: z.literal("file"), ...file, caption: z.string(), entities, replyToId }),
  /** What was written in Telegram, as it stands there. */
  z.object({
    ...toTelegram,
    type: z.literal("copy"),
    fromChatId: z.number().int(),
    messageIds: z.array(z.number().int()),
    replyToId,
  }),
  z.object({ ...toTelegram, type: z.literal("place"), ...place, livePeriod: z.number().nullable(), replyToId }),
  /** The message was edited: its copy follows. */
  z.object({ ...toTelegram, type: z.literal("edit"), text: z.string(), entities }),
  /** One of its photos or files was replaced. */
  z.object({
    ...toTelegram,
    type: z.literal("editFile"),
    ...file,
    /** Which of its Telegram messages shows it. */
    part: z.number().int(),
    caption: z.string(),
    entities,
  }),
  z.object({ ...toTelegram, type: z.literal("editPlace"), ...place, isOver: z.boolean() }),
  /** The message was taken back: its copy goes. */
  z.object({ ...toTelegram, type: z.literal("delete") }),
  /** Words of Pult for the agents, below the message. */
  z.object({ ...toTelegram, type: z.literal("notice"), text: z.string() }),
  /** The customer has another name: so has their topic. */
  z.object({ ...toTelegram, type: z.literal("rename") }),
  /** Nothing of it can be shown there. */
  z.object({ ...toTelegram, type: z.literal("lost") }),
]);
export type TelegramPayload = z.infer<typeof telegramPayload>;

export type PayloadOf<Type extends TelegramPayload["type"]> = Extract<TelegramPayload, { type: Type }>;

/** Payloads that add a message to a chat: one whose answer was lost may stand there. */
const ADDING: readonly TelegramPayload["type"][] = ["text", "photos", "file", "copy", "place", "notice"];
export const addsMessage = ({ type }: TelegramPayload): boolean => ADDING.includes(type);
