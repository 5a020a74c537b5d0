import { DomainError } from "@pult/api/errors.ts";
import type { StoredPhoto } from "@pult/api/support/media-store.ts";
import sharp, { type Metadata, type Sharp } from "sharp";
import { decodeHeic } from "./heic.ts";
import type { HeicAnswer } from "./heic-worker.ts";
import { type PhotoKind, sniffPhoto } from "./sniff.ts";

export const MAX_PIXELS = 50_000_000;
/** Telegram refuses photos whose width and height add up to more than 10,000. */
const MAX_SIDE = 5000;
const THUMB_SIDE = 640;
/** Telegram's limit for a photo, too. A PNG that grows past it is stored as WebP. */
const MAX_STORED_BYTES = 10 * 1024 * 1024;
/** All frames together; past it an animation is kept as its first frame. */
const MAX_ANIMATED_PIXELS = 30_000_000;
const ENCODE_SECONDS = 30;

type StoredKind = Exclude<PhotoKind, "heic">;

export interface EncodedPhoto {
  bytes: Uint8Array;
  extension: "jpg" | "png" | "webp" | "gif";
  contentType: StoredPhoto["contentType"];
  width: number;
  height: number;
  /** WebP. */
  thumb: Uint8Array;
}

/**
 * Decodes a photo by its content and encodes it anew: upright, sRGB, without metadata and without whatever hid behind the picture.
 * HEIC becomes JPEG; GIF and WebP stay animated.
 * @throws DomainError `UNSUPPORTED_MEDIA` for other content and damaged files, `PAYLOAD_TOO_LARGE` past 50 megapixels
 */
export async function encodePhoto(bytes: Uint8Array): Promise<EncodedPhoto> {
  const kind = await sniffPhoto(bytes);
  if (kind === null) throw new DomainError("UNSUPPORTED_MEDIA", "Photos are JPEG, PNG, WebP, GIF or HEIC");
  // Outside the net below: a decoder that cannot be started is our fault, not the file's.
  const decoded = kind === "heic" ? await decodeHeic(bytes, MAX_PIXELS) : null;
  try {
    return kind === "heic" ? await encodeHeic(decoded) : await encodeDecodable(bytes, kind);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw damaged(error);
  }
}

async function encodeHeic(decoded: HeicAnswer | null): Promise<EncodedPhoto> {
  if (decoded?.state === "tooLarge") throw tooManyPixels();
  if (decoded?.state !== "decoded") throw damaged();
  const raw = { width: decoded.width, height: decoded.height, channels: 4 as const };
  const open = () => sharp(decoded.pixels, { raw, limitInputPixels: MAX_PIXELS });
  return encode(open, open, "jpeg");
}

async function encodeDecodable(bytes: Uint8Array, kind: StoredKind): Promise<EncodedPhoto> {
  const header = await sharp(bytes, { limitInputPixels: false, animated: true }).metadata();
  if (header.format !== kind) throw damaged();
  const frames = header.pages ?? 1;
  const framePixels = header.width * (header.pageHeight ?? header.height);
  if (framePixels > MAX_PIXELS) throw tooManyPixels();
  const animated = frames > 1 && framePixels * frames <= MAX_ANIMATED_PIXELS && fits(header);
  const open = (animated: boolean) => sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: "error", animated });
  // A frame cannot be turned on its own, and animations carry no orientation.
  return encode(
    () => (animated ? open(true) : open(false).autoOrient()),
    () => open(false).autoOrient(),
    kind,
  );
}

function fits(header: Metadata): boolean {
  return Math.max(header.width, header.pageHeight ?? header.height) <= MAX_SIDE;
}

async function encode(openPhoto: () => Sharp, openStill: () => Sharp, kind: StoredKind): Promise<EncodedPhoto> {
  const bounded = () => limited(openPhoto()).resize(MAX_SIDE, MAX_SIDE, { fit: "inside", withoutEnlargement: true });
  let stored = await encodeAs(bounded(), kind);
  if (stored.data.length > MAX_STORED_BYTES && kind !== "webp") stored = await encodeAs(bounded(), "webp");
  const thumb = await limited(openStill())
    .resize(THUMB_SIDE, THUMB_SIDE, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 76 })
    .toBuffer();
  const { data, info } = stored;
  return { bytes: data, ...stored.type, width: info.width, height: info.pageHeight ?? info.height, thumb };
}

async function encodeAs(picture: Sharp, kind: StoredKind) {
  const encoder = ENCODERS[kind];
  const { data, info } = await encoder.encode(picture).toBuffer({ resolveWithObject: true });
  return { data, info, type: { extension: encoder.extension, contentType: encoder.contentType } };
}

function limited(picture: Sharp): Sharp {
  return picture.toColourspace("srgb").timeout({ seconds: ENCODE_SECONDS });
}

interface Encoder {
  extension: EncodedPhoto["extension"];
  contentType: EncodedPhoto["contentType"];
  encode(picture: Sharp): Sharp;
}

const ENCODERS: Readonly<Record<StoredKind, Encoder>> = {
  jpeg: {
    extension: "jpg",
    contentType: "image/jpeg",
    // White, not black, where a HEIC was transparent.
    encode: (picture) => picture.flatten({ background: "#fff" }).jpeg({ quality: 86, progressive: true }),
  },
  png: { extension: "png", contentType: "image/png", encode: (picture) => picture.png({ compressionLevel: 8 }) },
  webp: { extension: "webp", contentType: "image/webp", encode: (picture) => picture.webp({ quality: 86 }) },
  gif: { extension: "gif", contentType: "image/gif", encode: (picture) => picture.gif() },
};

function tooManyPixels(): DomainError {
  return new DomainError("PAYLOAD_TOO_LARGE", "The photo has more than 50 megapixels");
}

function damaged(cause?: unknown): DomainError {
  return new DomainError("UNSUPPORTED_MEDIA", "The photo is damaged or cannot be read", { cause });
}
