import { z } from "zod";
import type { MediaFile } from "../media/files.ts";
import { FILE_KINDS } from "../telegram/attachments.ts";
import { ENTITY_TYPES } from "../telegram/entities.ts";

/** As what a file is shown. Photos that are stored stand among the photos of a message instead. */
export const fileKind = z.enum(FILE_KINDS);
export type FileKind = z.infer<typeof fileKind>;

/** Formatting of a text, in UTF-16 units. */
export const textEntity = z.object({
  type: z.enum(ENTITY_TYPES),
  offset: z.int().nonnegative(),
  length: z.int().positive(),
  url: z.string().optional(),
  userId: z.string().optional(),
  language: z.string().optional(),
  customEmojiId: z.string().optional(),
});

const file = {
  kind: fileKind,
  /** Of its message. */
  id: z.string(),
  /** As its sender called it. */
  name: z.string().nullable(),
  contentType: z.string().nullable(),
  sizeBytes: z.int().nullable(),
  /** Pixels. */
  width: z.int().nullable(),
  height: z.int().nullable(),
  durationSeconds: z.int().nullable(),
  /** Of a sticker. */
  emoji: z.string().nullable(),
  /** Why there is no file, in the provider's words: too large, gone, out of reach. Agents may try again. */
  missing: z.string().optional(),
};

const location = z.object({
  kind: z.literal("location"),
  latitude: z.number(),
  longitude: z.number(),
  /** Until when it moves; null for a place that does not. */
  liveUntil: z.iso.datetime().nullable(),
  title: z.string().nullable(),
  address: z.string().nullable(),
});
const contact = z.object({ kind: z.literal("contact"), name: z.string(), phone: z.string() });
const dice = z.object({ kind: z.literal("dice"), emoji: z.string(), value: z.int() });
const poll = z.object({ kind: z.literal("poll"), title: z.string(), options: z.array(z.string()) });
/** A kind that means nothing here, by Telegram's name for it: `game`, `invoice`, `story`. */
const other = z.object({ kind: z.literal("other"), type: z.string(), title: z.string() });

/** What a message shows beside text and photos. `url` is a same-origin path, null while there is no file. */
export const attachment = z.discriminatedUnion("kind", [
  z.object({ ...file, url: z.string().nullable(), thumbUrl: z.string().nullable() }),
  location,
  contact,
  dice,
  poll,
  other,
]);
export type Attachment = z.infer<typeof attachment>;
export type FileAttachment = Extract<Attachment, { id: string }>;

/** The same as events and rows keep it: by file name, and by what Telegram knows it by. */
export const storedAttachment = z.discriminatedUnion("kind", [
  z.object({
    ...file,
    fileKey: z.string().nullable(),
    thumbKey: z.string().nullable(),
    telegram: z.object({ fileId: z.string() }).optional(),
  }),
  location,
  contact,
  dice,
  poll,
  other.extend({ raw: z.unknown().optional() }),
]);
export type StoredAttachment = z.infer<typeof storedAttachment>;
export type StoredFileAttachment = Extract<StoredAttachment, { id: string }>;

export const isFile = (one: StoredAttachment): one is StoredFileAttachment => "fileKey" in one;

/** What the column `content` of a message holds. */
export const messageContent = z.object({
  entities: z.array(textEntity).optional(),
  attachments: z.array(storedAttachment).optional(),
  /** Whose message it repeats; empty when its origin is hidden. */
  forwardedFrom: z.string().optional(),
  /** The words that it answers, where its writer chose them. */
  quote: z.string().optional(),
  /** What the other side thinks of it. */
  reactions: z.array(z.string()).optional(),
  /** What Telegram knows the file of each of its Telegram messages by; empty for one without a file. */
  sources: z.array(z.string()).optional(),
});
export type MessageContent = z.infer<typeof messageContent>;

/** A stored file as a message keeps it. */
export const attachmentOf = (file: MediaFile): StoredFileAttachment => ({
  kind: fileKind.catch("document").parse(file.kind),
  id: file.id,
  name: file.fileName,
  contentType: file.contentType,
  sizeBytes: file.sizeBytes,
  width: file.width,
  height: file.height,
  durationSeconds: file.durationSeconds,
  emoji: null,
  fileKey: file.fileKey,
  thumbKey: file.thumbKey,
});

const NAMES: Record<StoredAttachment["kind"], string> = {
  document: "File",
  video: "Video",
  videoNote: "Video message",
  voice: "Voice message",
  audio: "Audio",
  animation: "GIF",
  sticker: "Sticker",
  photo: "Photo",
  location: "Location",
  contact: "Contact",
  dice: "Dice",
  poll: "Poll",
  other: "Message",
};

/** `web_app_data` as `Web app data`. */
const wordsOf = (type: string): string => {
  const words = type.replaceAll("_", " ").trim();
  return words === "" ? NAMES.other : words.charAt(0).toUpperCase() + words.slice(1);
};

/** An attachment in a line, for agents. @example "Poll: Which size?" */
export function nameAttachment(one: StoredAttachment): string {
  const name = one.kind === "other" ? wordsOf(one.type) : NAMES[one.kind];
  const detail = detailOf(one);
  return detail ? `${name}: ${detail}` : name;
}

/** What tells an attachment from others of its kind; null where nothing does. */
export function detailOf(one: StoredAttachment): string | null {
  switch (one.kind) {
    case "location":
      return one.title ?? `${one.latitude}, ${one.longitude}`;
    case "contact":
      return [one.name, one.phone].filter(Boolean).join(", ");
    case "dice":
      return `${one.emoji} ${one.value}`;
    case "poll":
      return [one.title, ...one.options].join(" · ");
    case "other":
      return one.title;
    default:
      return one.name ?? one.emoji;
  }
}

const SIGNS: Partial<Record<StoredAttachment["kind"], string>> = {
  voice: "🎤",
  audio: "🎵",
  video: "🎬",
  videoNote: "🎬",
  location: "📍",
  contact: "👤",
  sticker: "",
};

/** The same for a push to a customer: a sign and the sender's own name for it, no words of ours. */
export function signAttachment(one: StoredAttachment): string {
  const detail = isFile(one) ? (one.emoji ?? one.name) : one.kind === "contact" ? one.name : null;
  return [SIGNS[one.kind] ?? "📎", detail].filter(Boolean).join(" ");
}
