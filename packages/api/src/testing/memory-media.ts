import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { malformed } from "../errors.ts";
import { mediaError } from "../media/errors.ts";
import type { FileInspector } from "../media/inspector.ts";
import type { ByteRange, MediaStore, StoredFile, StoredImage } from "../media/store.ts";
import { SAMPLE_PHOTOS } from "./sample-photos.ts";

const MAX_PIXELS = 50_000_000;

interface Kind {
  /** Hex of the first bytes; dots match any. */
  magic: RegExp;
  extension: string;
  contentType: StoredImage["contentType"];
}

const KINDS: readonly Kind[] = [
  { magic: /^ffd8ff/, extension: "jpg", contentType: "image/jpeg" },
  { magic: /^89504e470d0a1a0a/, extension: "png", contentType: "image/png" },
  { magic: /^52494646.{8}57454250/, extension: "webp", contentType: "image/webp" },
  { magic: /^474946383[79]61/, extension: "gif", contentType: "image/gif" },
];
const PDF = /^255044462d/;
const HEIC = /^.{8}66747970(?:68656963|68656978|6d696631)/;

/** Names of other files that can be restored. */
const OTHER_TYPES: Record<string, string> = { pdf: "application/pdf", bin: "application/octet-stream" };
const typeOf = (extension = ""): string | undefined =>
  KINDS.find((kind) => kind.extension === extension)?.contentType ?? OTHER_TYPES[extension];

/**
 * A media store in memory. It decodes nothing: it goes by the first bytes, stores images as they came, knows the size of PNGs only
 * (others are 1 × 1), has one thumbnail for all, and turns every HEIC into the same small JPEG.
 */
export class MemoryMedia implements MediaStore {
  readonly files = new Map<string, { contentType: string; bytes: Uint8Array }>();

  async saveImage(source: AsyncIterable<Uint8Array>, { maxBytes }: { maxBytes: number }): Promise<StoredImage> {
    const sent = await readBounded(source, { what: "photo", maxBytes });
    const bytes = HEIC.test(head(sent)) ? SAMPLE_PHOTOS.jpeg : sent;
    const kind = KINDS.find(({ magic }) => magic.test(head(bytes)));
    if (kind === undefined) throw mediaError("unsupported");
    const size = kind.extension === "png" ? pngSize(bytes) : { width: 1, height: 1 };
    if (size.width * size.height > MAX_PIXELS) {
      throw mediaError("tooManyPixels", { megapixels: 50 });
    }
    const id = randomBytes(16).toString("base64url");
    const key = `${id}.${kind.extension}`;
    const thumbKey = `${id}_thumb.webp`;
    this.files.set(key, { contentType: kind.contentType, bytes });
    this.files.set(thumbKey, { contentType: "image/webp", bytes: SAMPLE_PHOTOS.webp });
    return { key, thumbKey, contentType: kind.contentType, ...size, sizeBytes: bytes.length };
  }

  async saveFile(source: AsyncIterable<Uint8Array>, { maxBytes }: { maxBytes: number }): Promise<StoredFile> {
    const bytes = await readBounded(source, { what: "file", maxBytes });
    const extension =
      KINDS.find(({ magic }) => magic.test(head(bytes)))?.extension ?? (PDF.test(head(bytes)) ? "pdf" : "bin");
    const key = `${randomBytes(16).toString("base64url")}.${extension}`;
    const contentType = typeOf(extension) ?? "";
    this.files.set(key, { contentType, bytes });
    return { key, contentType, sizeBytes: bytes.length, thumbKey: null, width: null, height: null };
  }

  async open(key: string) {
    const file = this.files.get(key);
    if (file === undefined) return null;
    const { contentType, bytes } = file;
    const read = ({ start, end }: ByteRange = { start: 0, end: bytes.length - 1 }) =>
      streamInTwo(bytes.subarray(start, end + 1));
    return { contentType, sizeBytes: bytes.length, read };
  }

  async remove(key: string): Promise<void> {
    this.files.delete(key);
    this.files.delete(key.replace(/\.\w+$/, "_thumb.webp"));
  }

  async *keys() {
    yield* [...this.files.keys()];
  }

  async restore(key: string, source: AsyncIterable<Uint8Array>): Promise<void> {
    const contentType = typeOf(/^[A-Za-z0-9_-]+\.(\w+)$/.exec(key)?.[1]);
    if (contentType === undefined) throw malformed("Not the name of a stored file");
    const bytes = await readBounded(source, { what: "file", maxBytes: Number.POSITIVE_INFINITY });
    this.files.set(key, { contentType, bytes });
  }
}

/** By the first bytes, as the store: images are 8 × 6, Ogg is Opus. */
export const inspectSample: FileInspector = async (file) => {
  const bytes = await buffer(Readable.from(file.read()));
  const image = KINDS.find(({ magic }) => magic.test(head(bytes)));
  const size = image
    ? { width: 8, height: 6, thumbnail: SAMPLE_PHOTOS.webp }
    : { width: null, height: null, thumbnail: null };
  const isOpus = bytes.subarray(0, 4).toString() === "OggS";
  return { mimeType: isOpus ? "audio/ogg" : file.contentType, isOpus, durationSeconds: isOpus ? 3 : null, ...size };
};

async function readBounded(
  source: AsyncIterable<Uint8Array>,
  { what, maxBytes }: { what: string; maxBytes: number },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > maxBytes) throw mediaError("tooLarge", { what, megabytes: maxBytes / 1024 ** 2 });
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

// Two chunks, so that a reader that stops after the first is found out.
async function* streamInTwo(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const middle = Math.ceil(bytes.length / 2);
  yield bytes.subarray(0, middle);
  yield bytes.subarray(middle);
}

function head(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 16)).toString("hex");
}

function pngSize(bytes: Uint8Array): { width: number; height: number } {
  if (bytes.length < 24) throw mediaError("damaged");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}
