import type { MediaLinks } from "@pult/api/media/links.ts";
import { isStorable } from "@pult/api/storable.ts";
import type { Attachment } from "@pult/api/support/content.ts";
import { presentAttachment, type StoredMessage } from "@pult/api/support/stored.ts";
import { z } from "zod";

/** Ids travel as text or as a number; here they are text. */
const userId = z
  .union([z.string(), z.number().int().nonnegative().transform(String)], "user_id is required")
  .transform((id) => id.trim())
  .pipe(
    z
      .string()
      .min(1, "user_id is required")
      .max(128, "user_id is too long")
      .refine(isStorable, "user_id holds characters that cannot be kept")
      // Clients and proxies take both for steps of a path: its history could not be asked for.
      .refine((id) => !/^\.{1,2}$/.test(id), "user_id must not be . or .."),
  );

const optionalText = (max: number) =>
  z
    .string()
    .max(max)
    .nullish()
    .transform((text) => (text === undefined || text === null || text.trim() === "" ? null : text));

/** Text that is looked for again, and so must be kept as it is. */
const optionalId = (max: number) =>
  optionalText(max).refine((text) => isStorable(text ?? ""), "holds characters that cannot be kept");

export const sendMessageBody = z.object({
  user_id: userId,
  user_name: optionalText(128),
  message: z
    .string("message must be text")
    .nullish()
    .transform((text) => text ?? ""),
  photo_url: optionalText(2048),
  client_id: optionalId(255),
});
/** A decoded `POST /send_message`. */
export type SendMessageRequest = z.infer<typeof sendMessageBody>;

export const registerDeviceBody = z.object({
  user_id: userId,
  fcm_token: z
    .string("fcm_token is required")
    .trim()
    .min(1, "fcm_token is required")
    .max(4096, "fcm_token is too long")
    .refine(isStorable, "fcm_token holds characters that cannot be kept"),
  platform: optionalId(64),
  device_id: optionalId(255),
});

export const historyQuery = z.object({
  limit: z.coerce
    .number("limit must be a number")
    .int("limit must be a whole number")
    .min(1, "limit must be at least 1")
    .default(50)
    .transform((limit) => Math.min(limit, 200)),
  user_name: optionalText(128),
});

/** The argument of `join_chat` and `leave_chat`. */
export const roomBody = z.object({ user_id: userId });

/** `YYYY-MM-DD HH:MM:SS`, UTC. */
export const encodeInstant = (iso: string): string => iso.slice(0, 19).replace("T", " ");

export const userParams = z.object({ user_id: userId });

const photoUrls = {
  photo_url: z.string().nullable().describe("Path of the first photo"),
  photo_urls: z.array(z.string()),
};

/** A file, a place, a contact: `kind` says which of the other fields there are. */
export const wireAttachment = z.object({
  kind: z
    .string()
    .describe(
      "`document`, `voice`, `audio`, `video`, `videoNote`, `animation`, `sticker`, `photo`, `location`, `contact`…",
    ),
  url: z.string().nullable().optional().describe("Path of the file; null while it cannot be had"),
  thumb_url: z.string().nullable().optional(),
  file_name: z.string().nullable().optional(),
  content_type: z.string().nullable().optional(),
  size: z.int().nullable().optional().describe("Bytes"),
  duration: z.int().nullable().optional().describe("Seconds"),
  latitude: z.number().optional(),
  longitude: z.number().optional(),
  title: z.string().nullable().optional(),
  phone: z.string().optional(),
});
type WireAttachment = z.infer<typeof wireAttachment>;

/** A message as history and `new_message` carry it. */
export const wireMessage = z.object({
  message_id: z.int(),
  message: z.string(),
  ...photoUrls,
  attachments: z.array(wireAttachment).optional().describe("What it shows beside text and photos; absent for none"),
  direction: z.enum(["user", "support"]).describe("`support` for agents and greetings"),
  created_at: z.string().describe("YYYY-MM-DD HH:MM:SS, UTC"),
});
export type WireMessage = z.infer<typeof wireMessage>;

export const sentAnswer = z.object({
  success: z.literal(true),
  message_id: z.int(),
  photo_count: z.int(),
  file_count: z.int().optional().describe("Files beside photos; absent for none"),
  ...photoUrls,
});
export const historyAnswer = z.object({
  success: z.literal(true),
  messages: z.array(wireMessage),
  greeting_sent: z.boolean().describe("Whether this request stored the greeting of the day"),
});
export const registeredAnswer = z.object({ success: z.literal(true), message: z.string(), device_count: z.int() });
export const devicesAnswer = z.object({
  user_id: z.string(),
  registered: z.boolean(),
  device_count: z.int(),
  has_tokens: z.boolean(),
});
export const failure = z.object({ success: z.literal(false), error: z.string() });

function encodeAttachment(one: Attachment): WireAttachment {
  switch (one.kind) {
    case "location":
      return { kind: one.kind, latitude: one.latitude, longitude: one.longitude, title: one.title ?? one.address };
    case "contact":
      return { kind: one.kind, title: one.name, phone: one.phone };
    case "dice":
      return { kind: one.kind, title: `${one.emoji} ${one.value}` };
    case "poll":
    case "other":
      return { kind: one.kind, title: one.title };
    default:
      return {
        kind: one.kind,
        url: one.url,
        thumb_url: one.thumbUrl,
        file_name: one.name,
        content_type: one.contentType,
        size: one.sizeBytes,
        duration: one.durationSeconds,
      };
  }
}

export function encodeMessage(message: StoredMessage, links: MediaLinks): WireMessage {
  const attachments = (message.attachments ?? []).map((one) => encodeAttachment(presentAttachment(one, links)));
  const urls = message.photos.map((photo) => links.path(photo.fileKey));
  return {
    message_id: message.id,
    message: message.text,
    photo_url: urls[0] ?? null,
    photo_urls: urls,
    ...(attachments.length > 0 && { attachments }),
    direction: message.kind === "customer" ? "user" : "support",
    created_at: encodeInstant(message.createdAt),
  };
}

export function encodeSent(message: StoredMessage, links: MediaLinks): z.infer<typeof sentAnswer> {
  const files = message.attachments?.length ?? 0;
  const urls = message.photos.map((photo) => links.path(photo.fileKey));
  return {
    success: true,
    message_id: message.id,
    photo_url: urls[0] ?? null,
    photo_count: urls.length,
    photo_urls: urls,
    ...(files > 0 && { file_count: files }),
  };
}

export const encodeHistory = (
  messages: StoredMessage[],
  greeted: boolean,
  links: MediaLinks,
): z.infer<typeof historyAnswer> => ({
  success: true,
  messages: messages.map((message) => encodeMessage(message, links)),
  greeting_sent: greeted,
});

export const encodeRegistered = (deviceCount: number): z.infer<typeof registeredAnswer> => ({
  success: true,
  message: "Устройство зарегистрировано успешно",
  device_count: deviceCount,
});

export const encodeDevices = (userId: string, deviceCount: number): z.infer<typeof devicesAnswer> => ({
  user_id: userId,
  registered: deviceCount > 0,
  device_count: deviceCount,
  has_tokens: deviceCount > 0,
});
