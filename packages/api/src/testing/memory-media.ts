import { randomBytes } from "node:crypto";
import { DomainError } from "../errors.ts";
import type { MediaStore, StoredPhoto } from "../support/media-store.ts";
import { SAMPLE_PHOTOS } from "./sample-photos.ts";

const MAX_BYTES = 10 * 1024 * 1024;
const MAX_PIXELS = 50_000_000;

interface Kind {
  /** Hex of the first bytes; dots match any. */
  magic: RegExp;
  extension: string;
  contentType: StoredPhoto["contentType"];
}

const KINDS: readonly Kind[] = [
  { magic: /^ffd8ff/, extension: "jpg", contentType: "image/jpeg" },
  { magic: /^89504e470d0a1a0a/, extension: "png", contentType: "image/png" },
  { magic: /^52494646.{8}57454250/, extension: "webp", contentType: "image/webp" },
  { magic: /^474946383[79]61/, extension: "gif", contentType: "image/gif" },
];
const HEIC = /^.{8}66747970(?:68656963|68656978|6d696631)/;

/**
 * A media store in memory. It decodes nothing: it goes by the first bytes, keeps photos as they came, knows the size of PNGs only
 * (others are 1 × 1), has one thumbnail for all, and turns every HEIC into the same small JPEG.
 */
export class MemoryMedia implements MediaStore {
  readonly files = new Map<string, { contentType: string; bytes: Uint8Array }>();

  async savePhoto(source: AsyncIterable<Uint8Array>): Promise<StoredPhoto> {
    const sent = await readBounded(source);
    const bytes = HEIC.test(head(sent)) ? SAMPLE_PHOTOS.jpeg : sent;
    const kind = KINDS.find(({ magic }) => magic.test(head(bytes)));
    if (kind === undefined) throw new DomainError("UNSUPPORTED_MEDIA", "Photos are JPEG, PNG, WebP, GIF or HEIC");
    const size = kind.extension === "png" ? pngSize(bytes) : { width: 1, height: 1 };
    if (size.width * size.height > MAX_PIXELS) {
      throw new DomainError("PAYLOAD_TOO_LARGE", "The photo has more than 50 megapixels");
    }
    const id = randomBytes(16).toString("base64url");
    const key = `${id}.${kind.extension}`;
    const thumbKey = `${id}_thumb.webp`;
    this.files.set(key, { contentType: kind.contentType, bytes });
    this.files.set(thumbKey, { contentType: "image/webp", bytes: SAMPLE_PHOTOS.webp });
    return { key, thumbKey, contentType: kind.contentType, ...size, sizeBytes: bytes.length };
  }

  async open(key: string) {
    const file = this.files.get(key);
    if (file === undefined) return null;
    return { contentType: file.contentType, sizeBytes: file.bytes.length, stream: streamInTwo(file.bytes) };
  }

  async remove(key: string): Promise<void> {
    this.files.delete(key);
    this.files.delete(key.replace(/\.\w+$/, "_thumb.webp"));
  }

  async *keys() {
    yield* [...this.files.keys()];
  }

  async restore(key: string, bytes: Uint8Array): Promise<void> {
    const kind = KINDS.find(({ extension }) => extension === /^[A-Za-z0-9_-]+\.(\w+)$/.exec(key)?.[1]);
    if (!kind) throw new DomainError("VALIDATION", "Not the name of a photo");
    this.files.set(key, { contentType: kind.contentType, bytes: Uint8Array.from(bytes) });
  }
}

async function readBounded(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new DomainError("PAYLOAD_TOO_LARGE", "The photo is larger than 10 MB");
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
  if (bytes.length < 24) throw new DomainError("UNSUPPORTED_MEDIA", "The photo is damaged or cannot be read");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}
