import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { FileInspector, FileNature } from "@pult/api/media/inspector.ts";
import type { ByteRange, OpenedFile } from "@pult/api/media/store.ts";
import { fileTypeFromBuffer } from "file-type";
import pLimit from "p-limit";
import sharp from "sharp";
import { MAX_PIXELS } from "./image-codec.ts";

/** Enough for every kind, those within ZIP archives too. */
const HEAD_BYTES = 256 * 1024;
/** An Ogg page has at most 65,307 bytes. */
const TAIL_BYTES = 64 * 1024;
const MAX_IMAGE_BYTES = 10 * 1024 * 1024;
const THUMB_SIDE = 640;
const ENCODE_SECONDS = 30;
/** Samples a second that Opus counts, whatever was recorded. */
const OPUS_RATE = 48_000;

type Picture = Pick<FileNature, "width" | "height" | "thumbnail">;
const NO_PICTURE: Picture = { width: null, height: null, thumbnail: null };

/** However many come at once, only what is being decoded takes memory; decoding is on libvips' threads. */
const decoding = pLimit(2);

export const inspectFile: FileInspector = async (file) => {
  const head = await readBytes(file, { start: 0, end: HEAD_BYTES - 1 });
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  const [mimeType = ""] = (found?.mime ?? (isText(head) ? "text/plain" : "application/octet-stream")).split(";");
  const isOpus = found?.mime === "audio/ogg; codecs=opus";
  const isImage = mimeType.startsWith("image/") && file.sizeBytes <= MAX_IMAGE_BYTES;
  const picture = isImage ? await decoding(() => readPicture(file)) : NO_PICTURE;
  return { mimeType, isOpus, durationSeconds: isOpus ? await readDuration(file) : null, ...picture };
};

const readBytes = (file: OpenedFile, { start, end }: ByteRange): Promise<Buffer> =>
  buffer(Readable.from(file.read({ start: Math.max(0, start), end: Math.min(end, file.sizeBytes - 1) })));

function isText(head: Buffer): boolean {
  try {
    // The last character may be cut.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return !/[^\P{Cc}\t\n\f\r]/u.test(text);
  } catch {
    return false;
  }
}

async function readPicture(file: OpenedFile): Promise<Picture> {
  const bytes = await readBytes(file, { start: 0, end: file.sizeBytes - 1 });
  try {
    const { autoOrient } = await sharp(bytes, { limitInputPixels: MAX_PIXELS }).metadata();
    const thumbnail = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: "error" })
      .autoOrient()
      .toColourspace("srgb")
      .timeout({ seconds: ENCODE_SECONDS })
      .resize(THUMB_SIDE, THUMB_SIDE, { fit: "inside", withoutEnlargement: true })
      .webp({ quality: 76 })
      .toBuffer();
    return { width: autoOrient.width, height: autoOrient.height, thumbnail };
  } catch {
    // Damaged, too large, or of a kind that libvips does not read: a file like any other.
    return NO_PICTURE;
  }
}

/** Of a recording, by the position that its last page names. @see RFC 7845, section 4 */
async function readDuration(file: OpenedFile): Promise<number | null> {
  const tail = await readBytes(file, { start: file.sizeBytes - TAIL_BYTES, end: file.sizeBytes - 1 });
  const at = tail.lastIndexOf("OggS");
  if (at < 0 || at + 14 > tail.length) return null;
  const samples = Number(tail.readBigInt64LE(at + 6));
  return samples > 0 ? Math.round(samples / OPUS_RATE) : null;
}
