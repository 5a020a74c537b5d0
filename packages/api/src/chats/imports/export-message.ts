import { z } from "zod";
import { storableText } from "../../storable.ts";
import type { TextEntity } from "../../telegram/entities.ts";
import type { MessageMedia, TelegramMessage } from "../engine/telegram.ts";
import type { ExportChat } from "./export-reader.ts";

/** Why a message of an export is left out. */
export const SKIPS = ["unsupported", "unreadable", "beforeMigration", "unknownChat"] as const;
export type Skip = (typeof SKIPS)[number];

const part = z.union([
  z.string(),
  z.looseObject({
    type: z.string(),
    text: z.string(),
    href: z.string().optional(),
    user_id: z.number().optional(),
    language: z.string().optional(),
  }),
]);
const number = z.number().optional();
const text = z.string().optional();

const exportMessage = z.looseObject({
  id: z.int(),
  type: z.string(),
  date: z.string(),
  date_unixtime: z.string().regex(/^\d+$/).optional(),
  edited: text,
  edited_unixtime: z.string().regex(/^\d+$/).optional(),
  from: z.string().nullish(),
  actor: z.string().nullish(),
  /** `user123`, `channel123`; a number in exports of 2021 and before. */
  from_id: z.union([z.string(), z.number()]).nullish(),
  actor_id: z.union([z.string(), z.number()]).nullish(),
  forwarded_from: z.string().nullish(),
  reply_to_message_id: z.int().optional(),
  text: z.union([z.string(), z.array(part)]).default(""),
  text_entities: z.array(part).optional(),
  media_type: text,
  mime_type: text,
  file_name: text,
  file: text,
  photo: text,
  width: number,
  height: number,
  duration_seconds: number,
  location_information: z.unknown().optional(),
  contact_information: z.unknown().optional(),
  poll: z.looseObject({ question: z.string() }).optional(),
  reactions: z.array(z.looseObject({ type: z.string(), count: z.int(), emoji: text })).optional(),
});
type ExportMessage = z.infer<typeof exportMessage>;

export interface ReadMessage {
  message: TelegramMessage;
  sender: { id: number; name: string } | null;
  /** Old exports give local time without a zone: taken as UTC. */
  hasZone: boolean;
}

/** @param self the Telegram user whose export it is; null while that is not known: then nothing is outgoing */
export function readMessage(chat: ExportChat, given: unknown, self: number | null): ReadMessage | Skip {
  const chatId = chatIdOf(chat, self);
  if (chatId === null) return "unknownChat";
  const parsed = exportMessage.safeParse(given);
  if (!parsed.success) return "unreadable";
  const one = parsed.data;
  if (one.type !== "message" && one.type !== "service") return "unsupported";
  // Of the group that a supergroup was before: another chat, which the export does not name.
  if (one.id <= 0) return "beforeMigration";
  const date = secondsOf(one.date_unixtime, one.date);
  if (date === null) return "unreadable";
  const sender = senderOf(chat, one);
  const { words, entities } = textOf(one);
  return {
    hasZone: one.date_unixtime !== undefined,
    sender,
    message: {
      id: one.id,
      chatId,
      senderId: sender?.id ?? null,
      text: words,
      entities,
      media: mediaOf(one),
      groupId: null,
      date,
      editedDate: secondsOf(one.edited_unixtime, one.edited),
      forwardFromId: null,
      forwardFromName: one.forwarded_from ?? null,
      replyToMessageId:
        one.reply_to_message_id !== undefined && one.reply_to_message_id > 0 ? one.reply_to_message_id : null,
      viewsCount: null,
      reactions: (one.reactions ?? []).flatMap(({ emoji, count }) => (emoji ? [{ emoji, count, isMine: false }] : [])),
      isOutgoing: self !== null && sender?.id === self,
      isService: one.type === "service",
      scheduleDate: null,
    },
  };
}

/** Marked as in the Bot API; exports have bare numbers. Null for what is no chat of an account. */
export function chatIdOf({ type, id }: ExportChat, self: number | null): number | null {
  if (type === "saved_messages") return self;
  if (typeof id !== "number" || !Number.isSafeInteger(id) || id === 0) return null;
  switch (type) {
    case "personal_chat":
    case "bot_chat":
      return id;
    case "private_group":
      return -Math.abs(id);
    case "private_supergroup":
    case "public_supergroup":
    case "private_channel":
    case "public_channel":
      return -(1_000_000_000_000 + Math.abs(id));
    default:
      return null;
  }
}

export function kindOf({ type }: ExportChat): "private" | "bot" | "group" | "supergroup" | "channel" {
  if (type === "bot_chat") return "bot";
  if (type === "private_group") return "group";
  if (type.endsWith("_supergroup")) return "supergroup";
  return type.endsWith("_channel") ? "channel" : "private";
}

function secondsOf(unix: string | undefined, local: string | undefined): number | null {
  if (unix !== undefined) return Number(unix);
  const ms = local === undefined ? Number.NaN : Date.parse(/[Zz]|[+-]\d\d:?\d\d$/.test(local) ? local : `${local}Z`);
  return Number.isNaN(ms) ? null : Math.floor(ms / 1_000);
}

function senderOf(chat: ExportChat, { type, from, actor, from_id, actor_id }: ExportMessage): ReadMessage["sender"] {
  const given = type === "service" ? actor_id : from_id;
  const [, kind, digits] = /^(user|channel|chat)?(\d{1,15})$/.exec(String(given ?? "")) ?? [];
  // A channel's posts have no sender.
  if (!digits || kind === "chat" || kindOf(chat) === "channel") return null;
  const id = kind === "channel" ? -(1_000_000_000_000 + Number(digits)) : Number(digits);
  return { id, name: (type === "service" ? actor : from) ?? "" };
}

const ENTITIES: Record<string, TextEntity["type"]> = {
  mention: "mention",
  hashtag: "hashtag",
  cashtag: "cashtag",
  bot_command: "bot_command",
  link: "url",
  email: "email",
  phone: "phone_number",
  bold: "bold",
  italic: "italic",
  underline: "underline",
  strikethrough: "strikethrough",
  spoiler: "spoiler",
  blockquote: "blockquote",
  code: "code",
  pre: "pre",
};

/** Newer exports repeat the text as entities, older ones mix strings and objects in it. */
function textOf({ text, text_entities }: ExportMessage): { words: string; entities: TextEntity[] } {
  const parts = text_entities ?? (typeof text === "string" ? [text] : text);
  const entities: TextEntity[] = [];
  let words = "";
  for (const one of parts) {
    const piece = storableText(typeof one === "string" ? one : one.text);
    if (typeof one !== "string" && piece.length > 0)
      entities.push(...entityOf(one, { offset: words.length, length: piece.length }));
    words += piece;
  }
  return { words, entities };
}

function entityOf(
  { type, href, user_id, language }: Exclude<z.infer<typeof part>, string>,
  place: { offset: number; length: number },
): TextEntity[] {
  if (type === "text_link" && href) return [{ type: "text_link", ...place, url: href }];
  if (type === "mention_name" && user_id) return [{ type: "text_mention", ...place, userId: String(user_id) }];
  const known = ENTITIES[type];
  if (!known) return [];
  return [{ type: known, ...place, ...(known === "pre" && language ? { language } : {}) }];
}

const MEDIA: Record<string, MessageMedia["type"]> = {
  sticker: "sticker",
  video_message: "videoNote",
  voice_message: "voice",
  animation: "animation",
  video_file: "video",
  audio_file: "audio",
};

/** What the file was; the export's own files are not read, so there is nothing to load. */
function mediaOf(one: ExportMessage): MessageMedia | null {
  const type = mediaTypeOf(one);
  if (type === null) return null;
  return {
    type,
    fileName: one.file_name ?? null,
    mimeType: one.mime_type ?? null,
    sizeBytes: null,
    width: one.width ?? null,
    height: one.height ?? null,
    durationSeconds: one.duration_seconds ?? null,
    hasThumbnail: false,
    caption: one.poll?.question ?? null,
  };
}

function mediaTypeOf(one: ExportMessage): MessageMedia["type"] | null {
  if (one.media_type !== undefined) return MEDIA[one.media_type] ?? "other";
  if (one.photo !== undefined) return "photo";
  if (one.file !== undefined) return "document";
  if (one.location_information !== undefined) return "location";
  if (one.contact_information !== undefined) return "contact";
  return one.poll === undefined ? null : "poll";
}
