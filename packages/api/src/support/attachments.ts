import { randomBytes } from "node:crypto";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { fileNameOf } from "../media/file-name.ts";
import { type MediaFile, type Upload, uploadFile } from "../media/files.ts";
import { storableText } from "../storable.ts";
import { isTelegramFile, type TelegramAttachment, type TelegramFile } from "../telegram/attachments.ts";
import { BotError } from "../telegram/bot.ts";
import { attachmentOf, type FileKind, type StoredAttachment, type StoredFileAttachment } from "./content.ts";
import { uploadPhoto } from "./photos.ts";

/** Bytes. What a bot may send. @see https://core.telegram.org/bots/api#sending-files */
export const MAX_FILE_BYTES = 50 * 1024 * 1024;

export interface NewAttachment extends Omit<Upload, "maxBytes"> {
  name: string | null;
  /** As what it is to be shown; left out, what its content usually is. */
  kind?: FileKind | undefined;
  durationSeconds?: number | null;
}

/**
 * Stores a file of any kind, to be attached to a message by its id within a day.
 * @throws DomainError `PAYLOAD_TOO_LARGE`, `UNAVAILABLE` when the store is full
 */
export async function uploadAttachment(ctx: Context, upload: NewAttachment): Promise<MediaFile> {
  const { name, durationSeconds = null } = upload;
  return uploadFile(ctx, { ...upload, maxBytes: MAX_FILE_BYTES }, ({ mimeType, isOpus, durationSeconds: found }) => ({
    kind: upload.kind ?? kindOf(mimeType, isOpus),
    fileName: fileNameOf(name),
    durationSeconds: durationSeconds ?? found,
  }));
}

/** What a file's content usually is. An image is a document here: photos go another way. */
function kindOf(mimeType: string, isOpus: boolean): FileKind {
  if (isOpus) return "voice";
  const [family] = mimeType.split("/");
  return family === "audio" || (family === "video" && mimeType !== "video/x-matroska") ? family : "document";
}

/** What was fetched of a Telegram attachment: a photo, or what the message keeps of it. */
export type Fetched =
  | { photoId: string }
  | {
      attachment: StoredAttachment;
      /** It could not be had now, and may be had soon. */
      isLate?: boolean;
    };

/** Brings what a Telegram message shows into the desk; a file that cannot be had is kept as one that is missing. */
export async function fetchAttachment(ctx: Context, attachment: TelegramAttachment, sentAt: Date): Promise<Fetched> {
  if (isTelegramFile(attachment)) return fetchOrDescribe(ctx, attachment);
  switch (attachment.kind) {
    case "location": {
      const { livePeriod, title, address, ...place } = attachment;
      // Telegram's word for "until it is stopped".
      const isEndless = livePeriod === 0x7f_ff_ff_ff;
      const until = livePeriod && !isEndless ? new Date(sentAt.getTime() + livePeriod * 1_000) : sentAt;
      return {
        attachment: {
          ...place,
          liveUntil: livePeriod === null ? null : isEndless ? "9999-12-31T00:00:00.000Z" : until.toISOString(),
          title: title && storableText(title.slice(0, 256)),
          address: address && storableText(address.slice(0, 256)),
        },
      };
    }
    case "other": {
      const { isService: _, ...rest } = attachment;
      return { attachment: rest };
    }
    default:
      return { attachment };
  }
}

async function fetchOrDescribe(ctx: Context, file: TelegramFile): Promise<Fetched> {
  try {
    return await fetchFile(ctx, file);
  } catch (error) {
    return { attachment: { ...describe(file), missing: missingReason(error) }, isLate: isOutage(error) };
  }
}

/** @throws BotError, DomainError `PAYLOAD_TOO_LARGE`, `UNAVAILABLE` */
export async function fetchFile(
  ctx: Context,
  file: TelegramFile,
): Promise<{ photoId: string } | { attachment: StoredFileAttachment }> {
  const photoId = file.kind === "photo" ? await fetchPhoto(ctx, file) : null;
  if (photoId !== null) return { photoId };
  return { attachment: await downloadFile(ctx, { ...file, kind: file.kind === "photo" ? "document" : file.kind }) };
}

const isOutage = (error: unknown): boolean =>
  error instanceof BotError && ["down", "flood", "unauthorized"].includes(error.failure);

/** @returns null for an image that is kept as a file: of another format, too large, damaged. @throws BotError */
async function fetchPhoto(ctx: Context, { fileId }: TelegramFile): Promise<string | null> {
  const source = await requireBot(ctx).download(fileId);
  return uploadPhoto(ctx, source).then(
    ({ id }) => id,
    (error) => {
      if (error instanceof DomainError) return null;
      throw error;
    },
  );
}

/** The words of what kept a file away; anything else is a fault of ours. */
function missingReason(error: unknown): string {
  if (error instanceof DomainError || error instanceof BotError) return error.message;
  throw error;
}

async function downloadFile(ctx: Context, file: Omit<TelegramFile, "uniqueId">): Promise<StoredFileAttachment> {
  const source = await requireBot(ctx).download(file.fileId);
  const { kind, name, durationSeconds } = file;
  const stored = attachmentOf(await uploadAttachment(ctx, { source, owner: "system", name, kind, durationSeconds }));
  const { width, height, emoji, fileId } = file;
  return { ...stored, width: stored.width ?? width, height: stored.height ?? height, emoji, telegram: { fileId } };
}

const requireBot = ({ telegram }: Context) => {
  if (!telegram) throw new BotError("down", "No bot is configured");
  return telegram.bot;
};

const describe = (file: TelegramFile): StoredFileAttachment => ({
  kind: file.kind,
  id: randomBytes(12).toString("base64url"),
  name: fileNameOf(file.name),
  contentType: file.mimeType,
  sizeBytes: file.sizeBytes,
  width: file.width,
  height: file.height,
  durationSeconds: file.durationSeconds,
  emoji: file.emoji,
  fileKey: null,
  thumbKey: null,
  telegram: { fileId: file.fileId },
});
