import { randomBytes } from "node:crypto";
import type { FileStore } from "../file-store.ts";
import type { Upload } from "../http.ts";
import { readImageSize } from "../image-size.ts";
import { badRequest } from "./bot-api-error.ts";
import type { StoredFile, TelegramHost, TelegramState } from "./state.ts";

const PHOTO_LIMIT_BYTES = 10 * 1024 * 1024;
const PHOTO_PREFIX = "AgACAgIAAxkB";
const DOCUMENT_PREFIX = "BQACAgIAAxkB";
const UNIQUE_LENGTH = 16;

/** Telegram's thumbnails: letter and longest side, px. */
const THUMBNAILS = [
  { letter: "s", side: 90 },
  { letter: "m", side: 320 },
  { letter: "x", side: 800 },
];

export interface PhotoSize {
  file_id: string;
  file_unique_id: string;
  file_size: number;
  width: number;
  height: number;
}

/** Where files go: their facts' sequence, and the bytes. */
export interface Shelf {
  host: TelegramHost;
  files: FileStore<StoredFile>;
}

interface NewFile extends Pick<StoredFile, "name" | "mime" | "width" | "height"> {
  folder: string;
  extension: string;
}

function addFile({ host, files }: Shelf, bytes: Buffer, { folder, extension, ...facts }: NewFile): StoredFile {
  return files.add(bytes, {
    unique: `AQAD${randomBytes(9).toString("base64url")}`,
    path: `${folder}/file_${host.state.next.fileNumber++}.${extension}`,
    size: bytes.length,
    ...facts,
  });
}

/** @throws BotApiError 400 for a file that Telegram would not accept as a photo */
export function storePhoto(shelf: Shelf, upload: Upload): StoredFile {
  const { bytes } = upload;
  if (bytes.length === 0) throw badRequest("file must be non-empty");
  if (bytes.length > PHOTO_LIMIT_BYTES) {
    throw badRequest(`file "${upload.name}" of size ${bytes.length} bytes is too big for a photo`);
  }
  const size = readImageSize(bytes);
  if (size === null) throw badRequest("IMAGE_PROCESS_FAILED");
  const { width, height, mime } = size;
  const ratio = Math.max(width, height) / Math.min(width, height);
  if (width + height > 10_000 || !(ratio <= 20)) throw badRequest("PHOTO_INVALID_DIMENSIONS");
  const extension = mime === "image/jpeg" ? "jpg" : mime.slice("image/".length);
  return addFile(shelf, bytes, { folder: "photos", extension, name: upload.name, mime, width, height });
}

/** @throws BotApiError 400 for an empty file */
export function storeDocument(shelf: Shelf, upload: Upload): StoredFile {
  if (upload.bytes.length === 0) throw badRequest("file must be non-empty");
  const extension = /\.([a-z0-9]{1,8})$/i.exec(upload.name)?.[1] ?? "bin";
  return addFile(shelf, upload.bytes, {
    folder: "documents",
    extension,
    name: upload.name,
    mime: upload.mime,
    width: null,
    height: null,
  });
}

/** The sizes of a photo, smallest first; all but the last are described as Telegram would scale them, same bytes. */
export function toPhotoSizes(file: StoredFile): PhotoSize[] {
  const width = file.width ?? 0;
  const height = file.height ?? 0;
  const longest = Math.max(width, height);
  const smaller = THUMBNAILS.filter(({ side }) => side < longest).map(({ letter, side }) => ({
    file_id: `${PHOTO_PREFIX}${file.unique}${letter}`,
    file_unique_id: `${file.unique}${letter}`,
    file_size: Math.ceil((file.size * side) / longest),
    width: Math.max(1, Math.round((width * side) / longest)),
    height: Math.max(1, Math.round((height * side) / longest)),
  }));
  const original = {
    file_id: `${PHOTO_PREFIX}${file.unique}y`,
    file_unique_id: file.unique,
    file_size: file.size,
    width,
    height,
  };
  return [...smaller, original];
}

export function toDocument(file: StoredFile): Record<string, unknown> {
  return {
    file_name: file.name,
    mime_type: file.mime,
    file_id: `${DOCUMENT_PREFIX}${file.unique}`,
    file_unique_id: file.unique,
    file_size: file.size,
  };
}

export function findFile(state: TelegramState, unique: string | null): StoredFile | undefined {
  return unique === null ? undefined : state.files.find((file) => file.unique === unique);
}

export function findFileById(state: TelegramState, fileId: string): StoredFile | undefined {
  const prefix = [PHOTO_PREFIX, DOCUMENT_PREFIX].find((candidate) => fileId.startsWith(candidate));
  if (prefix === undefined) return undefined;
  return findFile(state, fileId.slice(prefix.length, prefix.length + UNIQUE_LENGTH));
}
