import type { FileNature } from "../../media/inspector.ts";

/** Types that an upload may have. */
export const UPLOAD_TYPES = ["photo", "video", "animation", "audio", "voice", "document"] as const;
export type UploadType = (typeof UPLOAD_TYPES)[number];

/** Bytes. Telegram refuses larger photos, and those below. @see https://core.telegram.org/bots/api#sendphoto */
const MAX_PHOTO_BYTES = 10 * 1024 * 1024;
const MAX_PHOTO_SIDES = 10_000;
const MAX_PHOTO_RATIO = 20;

/**
 * How Telegram is to show a file: as declared where the content allows it, else as a document; undeclared as what the content usually is.
 */
export function typeOf(nature: FileNature, { sizeBytes, declared }: { sizeBytes: number; declared: string | null }) {
  const fitting: UploadType[] = [...fittingTypes(nature, sizeBytes), "document"];
  if (declared === null) return fitting[0] ?? "document";
  return fitting.find((type) => type === declared) ?? "document";
}

/** The usual one first. */
function fittingTypes({ mimeType, isOpus, width, height }: FileNature, sizeBytes: number): UploadType[] {
  switch (mimeType) {
    case "image/jpeg":
    case "image/png":
    case "image/webp":
      return isPhoto({ width, height }) && sizeBytes <= MAX_PHOTO_BYTES ? ["photo"] : [];
    case "image/gif":
      return ["animation"];
    case "video/mp4":
    case "video/quicktime":
      return ["video", "animation"];
    default:
      if (isOpus) return ["voice", "audio"];
      return mimeType.startsWith("audio/") ? ["audio"] : [];
  }
}

function isPhoto({ width, height }: Pick<FileNature, "width" | "height">): boolean {
  if (width === null || height === null) return false;
  return width + height <= MAX_PHOTO_SIDES && Math.max(width, height) <= Math.min(width, height) * MAX_PHOTO_RATIO;
}
