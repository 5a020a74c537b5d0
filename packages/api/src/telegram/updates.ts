import type { BotUpdate } from "./bot.ts";

/** What the desk reads of a Bot API message. Everything is checked, because anyone may have written it. */
export interface TelegramMessage {
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
  /** Largest size of each photo. */
  photoFileId: string | null;
  /** Why something attached cannot be shown, in words: `[document: invoice.pdf]`. */
  attachment: string | null;
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

export type TelegramEvent =
  | { type: "message"; message: TelegramMessage }
  | { type: "edited"; message: TelegramMessage }
  /** Nothing the desk acts on; `what` names it in the log. */
  | { type: "other"; what: string };

type Json = Record<string, unknown>;

const asObject = (value: unknown): Json | null =>
  typeof value === "object" && value !== null ? (value as Json) : null;
const asInteger = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) ? value : null;
const asText = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Sorts an update. @see https://core.telegram.org/bots/api#update */
export function readUpdate(update: BotUpdate): TelegramEvent {
  const message = readMessage(asObject(update.message));
  if (message) return { type: "message", message };
  const edited = readMessage(asObject(update.edited_message));
  if (edited) return { type: "edited", message: edited };
  const what = Object.keys(update).find((key) => key !== "update_id") ?? "nothing";
  return { type: "other", what };
}

function readMessage(json: Json | null): TelegramMessage | null {
  const chat = asObject(json?.chat);
  const from = asObject(json?.from);
  const chatId = asInteger(chat?.id);
  const messageId = asInteger(json?.message_id);
  const senderId = asInteger(from?.id);
  if (!json || chatId === null || messageId === null || senderId === null) return null;
  return {
    chatId,
    chatType: asText(chat?.type) ?? "",
    messageId,
    threadId: asInteger(json.message_thread_id),
    sender: {
      id: senderId,
      name: nameOf(from) ?? String(senderId),
      username: asText(from?.username),
      languageCode: asText(from?.language_code),
      isBot: from?.is_bot === true,
    },
    senderChatId: asInteger(asObject(json.sender_chat)?.id),
    text: asText(json.text) ?? asText(json.caption) ?? "",
    photoFileId: photoOf(json),
    attachment: attachmentOf(json),
    mediaGroupId: asText(json.media_group_id),
    replyToMessageId: asInteger(asObject(json.reply_to_message)?.message_id),
    migratedTo: asInteger(json.migrate_to_chat_id),
    topic: topicOf(json),
  };
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

/** The largest size of a photo, or an image sent as a file. */
function photoOf(json: Json): string | null {
  if (Array.isArray(json.photo)) return asText(asObject(json.photo.at(-1))?.file_id);
  const document = asObject(json.document);
  return asText(document?.mime_type)?.startsWith("image/") ? asText(document?.file_id) : null;
}

const ATTACHMENTS = [
  "document",
  "video",
  "audio",
  "voice",
  "video_note",
  "sticker",
  "location",
  "contact",
  "poll",
  "animation",
] as const;

function attachmentOf(json: Json): string | null {
  if (photoOf(json) !== null) return null;
  for (const kind of ATTACHMENTS) {
    const attached = asObject(json[kind]);
    if (!attached) continue;
    const detail =
      asText(attached.file_name) ?? asText(attached.emoji) ?? asText(attached.phone_number) ?? placeOf(attached);
    return detail ? `[${kind}: ${detail}]` : `[${kind}]`;
  }
  return null;
}

function placeOf(attached: Json): string | null {
  const { latitude, longitude } = attached;
  return typeof latitude === "number" && typeof longitude === "number" ? `${latitude}, ${longitude}` : null;
}
