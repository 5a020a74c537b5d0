import { randomBytes } from "node:crypto";
import { telegramFiles } from "@pult/db/schema/chats.ts";
import type { Context } from "../../context.ts";
import { fileNameOf } from "../../media/file-name.ts";
import type { StoredFile } from "../../media/store.ts";
import { removeFiles } from "../accounts/unlink.ts";
import { chatsError } from "../errors.ts";
import type { Media } from "../schema.ts";
import { uploaderOf } from "../sends/media.ts";
import { typeOf } from "./kind.ts";
import { type FileRow, presentUpload } from "./present.ts";

/** Telegram's limit: 4,000 parts of 512 KiB. */
export const MAX_FILE_BYTES = 2_097_152_000;
const UNUSED_MS = 24 * 60 * 60_000;

export type ReceivedFile = Pick<StoredFile, "key" | "sizeBytes">;

/** Random, never guessable. */
export const newFileId = (): string => randomBytes(12).toString("base64url");

/** When an upload that begins now is removed unless a message carries it. */
export const expiryOf = ({ now }: Pick<Context, "now">): Date => new Date(now().getTime() + UNUSED_MS);

/** @throws DomainError `PAYLOAD_TOO_LARGE` for a size that Telegram does not take */
export function checkSize(sizeBytes: number): void {
  if (sizeBytes > MAX_FILE_BYTES) throw chatsError("fileTooLarge", { maximum: MAX_FILE_BYTES });
}

/**
 * Stores the bytes of an upload as they come; `keepFile` makes an upload of them.
 * @throws DomainError `PAYLOAD_TOO_LARGE`, `VALIDATION` for an empty file, `UNAVAILABLE` when the store is full
 */
export async function receiveFile(ctx: Context, source: AsyncIterable<Uint8Array>): Promise<ReceivedFile> {
  const { key, sizeBytes } = await ctx.media.saveFile(source, { maxBytes: MAX_FILE_BYTES });
  if (sizeBytes > 0) return { key, sizeBytes };
  await removeFiles(ctx, [key]);
  throw chatsError("fileRequired");
}

/** Makes an upload of the caller's, to be sent within a day. */
export async function keepFile(
  ctx: Context,
  received: ReceivedFile,
  { fileName, declaredType }: { fileName: string | null; declaredType: string | null },
): Promise<Media> {
  const found = await describeReceived(ctx, received, declaredType);
  const row: FileRow = {
    id: newFileId(),
    storeId: null,
    owner: uploaderOf(ctx),
    fileName: fileNameOf(fileName),
    ...found,
    expiresAt: expiryOf(ctx),
    createdAt: ctx.now(),
  };
  try {
    await ctx.db.insert(telegramFiles).values(row);
  } catch (error) {
    await removeReceived(ctx, found);
    throw error;
  }
  return presentUpload(ctx, row);
}

type Described = Pick<FileRow, "type" | "mimeType" | "sizeBytes" | "width" | "height" | "durationSeconds" | "state"> & {
  fileKey: string;
  thumbKey: string | null;
};

/** What a row says of a received file, with its thumbnail stored. On a failure the file is removed. */
export async function describeReceived(
  ctx: Context,
  { key, sizeBytes }: ReceivedFile,
  declared: string | null,
): Promise<Described> {
  try {
    const file = await ctx.media.open(key);
    if (!file) throw new Error("A file that was just stored is gone");
    const nature = await ctx.inspectFile(file);
    const { isOpus: _, thumbnail, ...columns } = nature;
    const type = typeOf(nature, { sizeBytes, declared });
    const thumb = thumbnail && (await ctx.media.saveFile(once(thumbnail), { maxBytes: thumbnail.length }));
    return { ...columns, type, sizeBytes, state: "ready", fileKey: key, thumbKey: thumb?.key ?? null };
  } catch (error) {
    await removeFiles(ctx, [key]);
    throw error;
  }
}

export const removeReceived = (ctx: Context, { fileKey, thumbKey }: Described): Promise<void> =>
  removeFiles(ctx, thumbKey === null ? [fileKey] : [fileKey, thumbKey]);

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
