import type { MessageMedia } from "@pult/api/chats/engine/telegram.ts";
import type { Api } from "telegram";

const NO_FILE = {
  fileName: null,
  mimeType: null,
  sizeBytes: null,
  width: null,
  height: null,
  durationSeconds: null,
  hasThumbnail: false,
  caption: null,
};

export function toMedia(media: Api.TypeMessageMedia | null | undefined): MessageMedia | null {
  if (!media) return null;
  switch (media.className) {
    case "MessageMediaEmpty":
      return null;
    case "MessageMediaPhoto":
      return media.photo?.className === "Photo" ? toPhoto(media.photo) : { ...NO_FILE, type: "other" };
    case "MessageMediaDocument":
      return media.document?.className === "Document" ? toDocument(media.document) : { ...NO_FILE, type: "other" };
    case "MessageMediaGeo":
    case "MessageMediaGeoLive":
      return { ...NO_FILE, type: "location", caption: toPlace(media.geo) };
    case "MessageMediaVenue": {
      const words = [media.title, media.address].filter(Boolean).join(", ");
      return { ...NO_FILE, type: "location", caption: words || toPlace(media.geo) };
    }
    case "MessageMediaContact": {
      const { firstName, lastName, phoneNumber } = media;
      return { ...NO_FILE, type: "contact", caption: [firstName, lastName, phoneNumber].filter(Boolean).join(" ") };
    }
    case "MessageMediaPoll":
      return { ...NO_FILE, type: "poll", caption: media.poll.question.text };
    case "MessageMediaWebPage":
      return toWebPage(media.webpage);
    default:
      return { ...NO_FILE, type: "other", caption: describeOther(media) };
  }
}

function describeOther(media: Api.TypeMessageMedia): string | null {
  if (media.className === "MessageMediaDice") return media.emoticon;
  if (media.className === "MessageMediaGame") return media.game.title;
  return media.className === "MessageMediaInvoice" ? media.title : null;
}

const toPlace = (geo: Api.TypeGeoPoint): string | null =>
  geo.className === "GeoPoint" ? `${geo.lat.toFixed(5)}, ${geo.long.toFixed(5)}` : null;

function toWebPage(page: Api.TypeWebPage): MessageMedia | null {
  if (page.className !== "WebPage") return null;
  return { ...NO_FILE, type: "webPage", caption: page.title || page.siteName || page.displayUrl };
}

function toPhoto({ sizes }: Api.Photo): MessageMedia {
  const largest = largestOf(sizes);
  return {
    ...{ ...NO_FILE, type: "photo", mimeType: "image/jpeg", hasThumbnail: thumbnailOf(sizes) !== null },
    ...(largest && { sizeBytes: largest.bytes, width: largest.width, height: largest.height }),
  };
}

function toDocument({ attributes, mimeType, size, thumbs }: Api.Document): MessageMedia {
  const find = <Name extends Api.TypeDocumentAttribute["className"]>(name: Name) =>
    attributes.find((one): one is Extract<Api.TypeDocumentAttribute, { className: Name }> => one.className === name);
  const video = find("DocumentAttributeVideo");
  const audio = find("DocumentAttributeAudio");
  const sized = video ?? find("DocumentAttributeImageSize");
  return {
    type: typeOfDocument(attributes),
    fileName: find("DocumentAttributeFilename")?.fileName || null,
    mimeType: mimeType || null,
    sizeBytes: size.toJSNumber(),
    width: sized?.w || null,
    height: sized?.h || null,
    durationSeconds: video?.duration ?? audio?.duration ?? null,
    hasThumbnail: thumbnailOf(thumbs) !== null,
    caption: null,
  };
}

function typeOfDocument(attributes: readonly Api.TypeDocumentAttribute[]): MessageMedia["type"] {
  const names = new Set(attributes.map(({ className }) => className));
  if (names.has("DocumentAttributeSticker") || names.has("DocumentAttributeCustomEmoji")) return "sticker";
  if (names.has("DocumentAttributeAnimated")) return "animation";
  for (const one of attributes) {
    if (one.className === "DocumentAttributeVideo") return one.roundMessage ? "videoNote" : "video";
    if (one.className === "DocumentAttributeAudio") return one.voice ? "voice" : "audio";
  }
  return "document";
}

/** A picture that can be loaded by its letter. */
interface Size {
  type: string;
  width: number;
  height: number;
  bytes: number;
}

const loadable = (sizes: readonly Api.TypePhotoSize[] | null | undefined): Size[] =>
  (sizes ?? []).flatMap((size) => {
    if (size.className === "PhotoSize") return [{ type: size.type, width: size.w, height: size.h, bytes: size.size }];
    if (size.className !== "PhotoSizeProgressive") return [];
    return [{ type: size.type, width: size.w, height: size.h, bytes: Math.max(0, ...size.sizes) }];
  });

export const largestOf = (sizes: readonly Api.TypePhotoSize[] | null | undefined): Size | null =>
  loadable(sizes).toSorted((a, b) => b.width * b.height - a.width * a.height)[0] ?? null;

/** Pixels at the longer side that a list of messages shows. */
const THUMBNAIL_SIDE = 320;

/** The largest one that is not above what is shown, else the smallest. */
export function thumbnailOf(sizes: readonly Api.TypePhotoSize[] | null | undefined): Size | null {
  const rising = loadable(sizes).toSorted((a, b) => a.width * a.height - b.width * b.height);
  return rising.findLast(({ width, height }) => Math.max(width, height) <= THUMBNAIL_SIDE) ?? rising[0] ?? null;
}
