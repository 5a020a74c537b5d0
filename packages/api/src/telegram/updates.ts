import { readAttachment, type TelegramAttachment } from "./attachments.ts";
import type { BotUpdate } from "./bot.ts";
import { readEntities, type TextEntity } from "./entities.ts";

/** What the desk reads of a Bot API message. Everything is checked, because anyone may have written it. */
export interface TelegramMessage {
  /** Whose: each bot counts the messages of its private chats. */
  botId: number;
  chatId: number;
  chatType: string;
  messageId: number;
  /** Topic of a forum, null elsewhere. */
  threadId: number | null;
  sender: { id: number; name: string; username: string | null; languageCode: string | null; isBot: boolean };
  /** Set when a chat writes as itself: an anonymous administrator of the group. */
  senderChatId: number | null;
  /** Text, or the caption of what is attached. */
  text: string;
  entities: TextEntity[];
  attachment: TelegramAttachment | null;
  /** When it was written: Unix seconds. */
  sentAt: number | null;
  /** Whose message it repeats. */
  forwardedFrom: string | null;
  /** The words that are answered, where they were chosen. */
  quote: string | null;
  /** The Telegram Business account in whose chat it stands. */
  businessConnectionId: string | null;
  mediaGroupId: string | null;
  replyToMessageId: number | null;
  migratedTo: number | null;
  /** What it tells of its topic. */
  topic: TopicNews | null;
}

/** What a message tells of the topic that it stands in. */
export interface TopicNews {
  /** Null when it does not say. */
  name: string | null;
  isClosed: boolean | null;
  /** Written by Telegram when it happened; else the message only refers to the topic's beginning. */
  isService: boolean;
}

/** The bot's place in a chat: blocked by a person, put out of a group, made its administrator. */
export interface TelegramMembership {
  botId: number;
  chatId: number;
  chatType: string;
  /** As the Bot API calls it: `member`, `administrator`, `restricted`, `left`, `kicked`. */
  status: string;
  /** Unix seconds. */
  at: number | null;
}

/** What a person thinks of a message; no emoji when they took it back. */
export interface TelegramReaction {
  botId: number;
  chatId: number;
  messageId: number;
  senderId: number;
  emoji: string[];
}

export type TelegramEvent =
  | { type: "message"; message: TelegramMessage }
  | { type: "edited"; message: TelegramMessage }
  | { type: "deleted"; botId: number; chatId: number; messageIds: number[] }
  | { type: "membership"; membership: TelegramMembership }
  | { type: "reaction"; reaction: TelegramReaction }
  /** Nothing the desk acts on; `what` names it in the log. */
  | { type: "other"; what: string };

type Json = Record<string, unknown>;

const asObject = (value: unknown): Json | null =>
  typeof value === "object" && value !== null ? (value as Json) : null;
const asInteger = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) ? value : null;
const asText = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Sorts an update. @see https://core.telegram.org/bots/api#update */
export function readUpdate(update: BotUpdate, botId = 0): TelegramEvent {
  const message = readMessage(asObject(update.message ?? update.business_message), botId);
  if (message) return { type: "message", message };
  const edited = readMessage(asObject(update.edited_message ?? update.edited_business_message), botId);
  if (edited) return { type: "edited", message: edited };
  return (
    readDeleted(asObject(update.deleted_business_messages), botId) ??
    readMembership(asObject(update.my_chat_member), botId) ??
    readReaction(asObject(update.message_reaction), botId) ?? { type: "other", what: kindOf(update) }
  );
}

const kindOf = (update: BotUpdate): string => Object.keys(update).find((key) => key !== "update_id") ?? "nothing";

function readDeleted(json: Json | null, botId: number): TelegramEvent | null {
  const chatId = asInteger(asObject(json?.chat)?.id);
  if (chatId === null || !Array.isArray(json?.message_ids)) return null;
  return { type: "deleted", botId, chatId, messageIds: json.message_ids.flatMap((id) => asInteger(id) ?? []) };
}

function readMembership(json: Json | null, botId: number): TelegramEvent | null {
  const chat = asObject(json?.chat);
  const chatId = asInteger(chat?.id);
  const status = asText(asObject(json?.new_chat_member)?.status);
  if (chatId === null || status === null) return null;
  const chatType = asText(chat?.type) ?? "";
  return { type: "membership", membership: { botId, chatId, chatType, status, at: asInteger(json?.date) } };
}

function readReaction(json: Json | null, botId: number): TelegramEvent | null {
  const chatId = asInteger(asObject(json?.chat)?.id);
  const messageId = asInteger(json?.message_id);
  const senderId = asInteger(asObject(json?.user)?.id);
  if (chatId === null || messageId === null || senderId === null || !Array.isArray(json?.new_reaction)) return null;
  const emoji = json.new_reaction.flatMap((one) => asText(asObject(one)?.emoji)?.slice(0, 16) ?? []);
  return { type: "reaction", reaction: { botId, chatId, messageId, senderId, emoji } };
}

/** What is worked off in order: a chat, or a topic of one. */
export function placeOfUpdate(update: BotUpdate): string {
  const event = readUpdate(update);
  if (event.type === "message" || event.type === "edited")
    return [event.message.chatId, event.message.threadId].filter((id) => id !== null).join(":");
  if (event.type === "membership") return String(event.membership.chatId);
  if (event.type === "reaction") return String(event.reaction.chatId);
  return event.type === "deleted" ? String(event.chatId) : "";
}

function readMessage(json: Json | null, botId: number): TelegramMessage | null {
  const chat = asObject(json?.chat);
  const from = asObject(json?.from);
  const senderChat = asObject(json?.sender_chat);
  const chatId = asInteger(chat?.id);
  const messageId = asInteger(json?.message_id);
  const senderId = asInteger(from?.id) ?? asInteger(senderChat?.id);
  if (!json || chatId === null || messageId === null || senderId === null) return null;
  const text = asText(json.text) ?? asText(json.caption) ?? "";
  return {
    botId,
    chatId,
    chatType: asText(chat?.type) ?? "",
    messageId,
    threadId: asInteger(json.message_thread_id),
    sender: {
      id: senderId,
      name: speakerOf(json, senderChat) ?? nameOf(from) ?? String(senderId),
      username: asText(from?.username),
      languageCode: asText(from?.language_code),
      isBot: from?.is_bot === true,
    },
    senderChatId: asInteger(senderChat?.id),
    text,
    entities: readEntities(json.entities ?? json.caption_entities, text),
    attachment: readAttachment(json),
    sentAt: asInteger(json.date),
    forwardedFrom: originOf(asObject(json.forward_origin)),
    quote: asText(asObject(json.quote)?.text)?.slice(0, 1_024) ?? null,
    businessConnectionId: asText(json.business_connection_id),
    mediaGroupId: asText(json.media_group_id),
    replyToMessageId: asInteger(asObject(json.reply_to_message)?.message_id),
    migratedTo: asInteger(json.migrate_to_chat_id),
    topic: topicOf(json),
  };
}

/** Who speaks where a chat writes as itself: an administrator's title, or the chat's name. */
function speakerOf(json: Json, senderChat: Json | null): string | null {
  if (!senderChat) return null;
  const name = asText(json.author_signature) ?? asText(senderChat.title) ?? nameOf(senderChat);
  return name?.slice(0, 128) || null;
}

/** @see https://core.telegram.org/bots/api#messageorigin */
function originOf(origin: Json | null): string | null {
  if (!origin) return null;
  const chat = asObject(origin.chat) ?? asObject(origin.sender_chat);
  return (
    nameOf(asObject(origin.sender_user)) ?? asText(origin.sender_user_name) ?? asText(chat?.title)?.slice(0, 128) ?? ""
  );
}

/** @see https://core.telegram.org/bots/api#forumtopiccreated */
function topicOf(json: Json): TopicNews | null {
  const nameIn = (from: Json | null): string | null => asText(from?.name)?.slice(0, 128) || null;
  const made = asObject(json.forum_topic_created);
  if (made) return { name: nameIn(made), isClosed: false, isService: true };
  const edited = asObject(json.forum_topic_edited);
  if (edited) return { name: nameIn(edited), isClosed: null, isService: true };
  if (asObject(json.forum_topic_closed)) return { name: null, isClosed: true, isService: true };
  if (asObject(json.forum_topic_reopened)) return { name: null, isClosed: false, isService: true };
  const begun = asObject(asObject(json.reply_to_message)?.forum_topic_created);
  return begun ? { name: nameIn(begun), isClosed: null, isService: false } : null;
}

function nameOf(from: Json | null): string | null {
  const name = [asText(from?.first_name), asText(from?.last_name)].filter(Boolean).join(" ").trim();
  return name === "" ? null : name.slice(0, 128);
}
