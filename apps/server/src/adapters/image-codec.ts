import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { DomainError } from "@pult/api/errors.ts";
import { mediaError } from "@pult/api/media/errors.ts";
import type { StoredImage } from "@pult/api/media/store.ts";
import { fileTypeFromFile } from "file-type";
import sharp, { type Metadata, type Sharp } from "sharp";
import type { HeicAnswer, HeicJob } from "./heic-worker.ts";

export const MAX_PIXELS = 50_000_000;
/** Telegram refuses photos whose width and height add up to more than 10,000. */
const MAX_SIDE = 5000;
const THUMB_SIDE = 640;
/** Telegram's limit for a photo, too. A PNG that grows past it is stored as WebP. */
const MAX_STORED_BYTES = 10 * 1024 * 1024;
/** All frames together; past it an animation is kept as its first frame. */
const MAX_ANIMATED_PIXELS = 30_000_000;
const ENCODE_SECONDS = 30;
const HEIC_TIMEOUT_MS = 30_000;
// Beside this module under the same ending, so that it is found as TypeScript in the tree and as JavaScript in a bundle.
const HEIC_WORKER = new URL(`./heic-worker${extname(import.meta.url)}`, import.meta.url);

type StoredKind = "jpeg" | "png" | "webp" | "gif";

const KIND_BY_MIME: Readonly<Record<string, StoredKind | "heic">> = {
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

export interface EncodedImage extends Pick<StoredImage, "contentType" | "width" | "height"> {
  extension: "jpg" | "png" | "webp" | "gif";
}

/** Paths; the image and its thumbnail are written over files that exist. */
export interface ImageFiles {
  source: string;
  image: string;
  /** WebP. */
  thumb: string;
}

/**
 * Decodes an image by its content and encodes it anew, from file to file: upright, sRGB, without metadata and without whatever hid behind
 * the picture. HEIC becomes JPEG; GIF and WebP stay animated.
 * @throws DomainError `UNSUPPORTED_MEDIA` for other content and damaged files, `PAYLOAD_TOO_LARGE` past 50 megapixels; what the disk refuses
 */
export async function encodeImage(files: ImageFiles): Promise<EncodedImage> {
  const found = await fileTypeFromFile(files.source).catch(() => undefined);
  const kind = found && KIND_BY_MIME[found.mime];
  if (kind === undefined) throw mediaError("unsupported");
  // Outside the net below: a decoder that cannot be started is our fault, not the file's.
  const decoded = kind === "heic" ? await decodeHeic({ path: files.source, maxPixels: MAX_PIXELS }) : null;
  try {
    return kind === "heic" ? await encodeHeic(decoded, files) : await encodeDecodable(kind, files);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw diskFailure(error) ?? damaged(error);
  }
}

/** libvips tells what the disk refuses in words only. */
function diskFailure(error: unknown): Error | null {
  if (!(error instanceof Error) || !/no space left|quota exceeded/i.test(error.message)) return null;
  return Object.assign(new Error(error.message, { cause: error }), { code: "ENOSPC" });
}

/**
 * Decodes a HEIC photo on a thread of its own: libheif in WebAssembly takes a second or two for a phone's photo, too long for the main
 * loop, and a thread can be ended when a hostile file takes for ever.
 */
function decodeHeic(job: HeicJob): Promise<HeicAnswer> {
  // libheif prints what it dislikes; these two streams go nowhere.
  const worker = new Worker(HEIC_WORKER, { workerData: job, stdout: true, stderr: true });
  const answered = new Promise<HeicAnswer>((resolve, reject) => {
    const late = setTimeout(() => resolve({ state: "damaged" }), HEIC_TIMEOUT_MS);
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => {
      clearTimeout(late);
      resolve({ state: "damaged" });
    });
  });
  return answered.finally(() => worker.terminate());
}

async function encodeHeic(decoded: HeicAnswer | null, files: ImageFiles): Promise<EncodedImage> {
  if (decoded?.state === "tooLarge") throw tooManyPixels();
  if (decoded?.state !== "decoded") throw damaged();
  const raw = { width: decoded.width, height: decoded.height, channels: 4 as const };
  const open = () => sharp(decoded.pixels, { raw, limitInputPixels: MAX_PIXELS });
  return encode({ openImage: open, openStill: open, kind: "jpeg" }, files);
}

async function encodeDecodable(kind: StoredKind, files: ImageFiles): Promise<EncodedImage> {
  const header = await sharp(files.source, { limitInputPixels: false, animated: true }).metadata();
  if (header.format !== kind) throw damaged();
  const frames = header.pages ?? 1;
  const framePixels = header.width * (header.pageHeight ?? header.height);
  if (framePixels > MAX_PIXELS) throw tooManyPixels();
  const animated = frames > 1 && framePixels * frames <= MAX_ANIMATED_PIXELS && fits(header);
  // Viewers show what they can of a damaged file.
  const open = (animated: boolean) => sharp(files.source, { limitInputPixels: MAX_PIXELS, failOn: "none", animated });
  // A frame cannot be turned on its own, and animations carry no orientation.
  const openImage = () => (animated ? open(true) : open(false).autoOrient());
  return encode({ openImage, openStill: () => open(false).autoOrient(), kind }, files);
}

function fits(header: Metadata): boolean {
  return Math.max(header.width, header.pageHeight ?? header.height) <= MAX_SIDE;
}

interface Decodable {
  openImage(): Sharp;
  /** Its first frame. */
  openStill(): Sharp;
  kind: StoredKind;
}

async function encode({ openImage, openStill, kind }: Decodable, files: ImageFiles): Promise<EncodedImage> {
  const bounded = () => limited(openImage()).resize(MAX_SIDE, MAX_SIDE, { fit: "inside", withoutEnlargement: true });
  let stored = await encodeAs(bounded(), kind, files.image);
  if (stored.info.size > MAX_STORED_BYTES && kind !== "webp") stored = await encodeAs(bounded(), "webp", files.image);
  await limited(openStill())
    .resize(THUMB_SIDE, THUMB_SIDE, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 76 })
    .toFile(files.thumb);
  const { info, type } = stored;
  return { ...type, width: info.width, height: info.pageHeight ?? info.height };
}

async function encodeAs(picture: Sharp, kind: StoredKind, path: string) {
  const { encode, ...type } = ENCODERS[kind];
  return { info: await encode(picture).toFile(path), type };
}

function limited(picture: Sharp): Sharp {
  return picture.toColourspace("srgb").timeout({ seconds: ENCODE_SECONDS });
}

interface Encoder extends Pick<EncodedImage, "extension" | "contentType"> {
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
  return mediaError("tooManyPixels", { megapixels: 50 });
}

function damaged(cause?: unknown): DomainError {
  return mediaError("damaged", {}, { cause });
}
