import { fileTypeFromBuffer } from "file-type";

export type PhotoKind = "jpeg" | "png" | "webp" | "gif" | "heic";

const KIND_BY_MIME: Readonly<Record<string, PhotoKind>> = {
  "image/jpeg": "jpeg",
  "image/png": "png",
  "image/apng": "png",
  "image/webp": "webp",
  "image/gif": "gif",
  "image/heic": "heic",
  "image/heif": "heic",
  "image/heic-sequence": "heic",
  "image/heif-sequence": "heic",
};

/** What the bytes say they are, whatever the name or the declared type was; null for anything that is not a photo we take. */
export async function sniffPhoto(bytes: Uint8Array): Promise<PhotoKind | null> {
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined);
  return (found && KIND_BY_MIME[found.mime]) ?? null;
}
