import { entitiesWithin, shiftEntities, type TextEntity } from "../telegram/entities.ts";
import { fitsPhoto } from "../telegram/photo-limits.ts";
import { type FileKind, isFile, nameAttachment, type StoredAttachment, type StoredFileAttachment } from "./content.ts";
import type { ConversationRecord } from "./conversation-rows.ts";
import type { StoredMessage, StoredPhotoRow } from "./stored.ts";
import type { PayloadOf, TelegramPayload } from "./telegram-payload.ts";
import { lineOf, stretchesOf } from "./text.ts";
import type { TelegramOrigin } from "./write.ts";

export interface Outgoing {
  message: Pick<
    StoredMessage,
    "id" | "kind" | "source" | "text" | "author" | "photos" | "replyTo" | "attachments" | "entities" | "forwardedFrom"
  >;
  conversation: Pick<ConversationRecord, "id" | "channel" | "externalId" | "personId"> &
    Partial<Pick<ConversationRecord, "businessConnectionId">>;
  /** The Telegram messages that it came from. */
  origin?: TelegramOrigin | null;
}

const TEXT_LIMIT = 4096;
const CAPTION_LIMIT = 1024;
/** A group without topics shows above each part whose words they are; the longest such line. @see label in telegram-delivery.ts */
const LABEL_ROOM = 300;

export interface Words {
  text: string;
  entities: readonly TextEntity[];
}

/** In the group everything comes from the bot, so an agent's words carry their name, and what was forwarded whose it is. */
export function wordsFor(
  to: "group" | "customer",
  { kind, text, author, entities = [], ...message }: Outgoing["message"],
): Words {
  if (to === "customer") return { text, entities };
  const { forwardedFrom } = message;
  const origin = forwardedFrom === undefined ? null : `Forwarded from ${lineOf(forwardedFrom) ?? "a hidden account"}`;
  const name = kind === "customer" ? null : (lineOf(author.name) ?? "Agent");
  const before = [origin && `${origin}\n`, name && (text === "" ? name : `${name}: `)].filter(Boolean).join("");
  return { text: before + text, entities: shiftEntities(entities, before.length) };
}

/** What a text says of its formatting; nothing for plain words. */
export const formatted = (entities: readonly TextEntity[]) => (entities.length > 0 ? { entities: [...entities] } : {});

/** What Telegram itself shows the other side: kinds that mean something only there are told to agents in words. */
export function copyOf(
  { message, origin, conversation }: Outgoing,
  to: "group" | "customer",
): Pick<PayloadOf<"copy">, "type" | "fromChatId" | "messageIds"> | null {
  if (!origin || origin.messageIds.length === 0 || conversation.businessConnectionId) return null;
  const attachments = message.attachments ?? [];
  if (attachments.some((one) => one.kind === "location" && one.liveUntil !== null)) return null;
  const isNamed = attachments.some(({ kind }) => kind === "other" || kind === "poll");
  if (to === "group" && (isNamed || message.forwardedFrom !== undefined)) return isNamed ? null : copied(origin);
  return copied(origin);
}

const copied = ({ chatId, messageIds }: TelegramOrigin) => ({
  type: "copy" as const,
  fromChatId: chatId,
  messageIds: [...messageIds],
});

export type Common = { messageId: number; to: "group" | "customer"; chatId: number | null; replyToId: number | null };

/** Photos, files and words, each as Telegram takes them, from what is stored. */
export function contentCalls(message: Outgoing["message"], common: Common, now: Date): TelegramPayload[] {
  const { to } = common;
  const attachments = message.attachments ?? [];
  const named = to === "group" ? attachments.filter((one) => !isShown(one)).map(nameAttachment) : [];
  const words = withNames(wordsFor(to, message), named);
  const photos = message.photos.filter(isPhotoForTelegram).map((photo) => photo.fileKey);
  const files = [
    ...message.photos.filter((photo) => !isPhotoForTelegram(photo)).map(asDocument),
    ...attachments.filter(isFile).flatMap((file) => asFile(file) ?? []),
  ];
  const room = to === "group" && message.kind === "customer" ? LABEL_ROOM : 0;
  const canCaption = photos.length > 0 || (files[0] !== undefined && takesCaption(files[0].kind));
  let caption: Words = canCaption && words.text.length <= CAPTION_LIMIT - room ? words : NO_WORDS;
  const isCaptioned = caption !== NO_WORDS;
  const payloads: TelegramPayload[] = [];
  const captionOnce = () => {
    const { text, entities } = caption;
    caption = NO_WORDS;
    return { caption: text, ...formatted(entities) };
  };
  if (photos.length > 0) payloads.push({ ...common, type: "photos", photoKeys: photos, ...captionOnce() });
  for (const file of files)
    payloads.push({
      ...common,
      type: "file",
      ...file,
      ...(takesCaption(file.kind) ? captionOnce() : { caption: "" }),
    });
  for (const one of attachments) if (one.kind === "location") payloads.push({ ...common, ...placeCall(one, now) });
  if (to === "customer" && attachments.some((one) => !isShown(one)))
    payloads.push({ ...addressOnly(common), type: "lost" });
  if (!isCaptioned) payloads.push(...textCalls(words, common, TEXT_LIMIT - room));
  return payloads;
}

const NO_WORDS: Words = { text: "", entities: [] };

const addressOnly = ({ messageId, to, chatId }: Common) => ({ messageId, to, chatId });

function textCalls({ text, entities }: Words, common: Common, limit: number): TelegramPayload[] {
  return stretchesOf(text, limit).map((stretch, part) => ({
    ...common,
    type: "text" as const,
    text: text.slice(stretch.from, stretch.to),
    ...formatted(entitiesWithin(entities, stretch)),
    part,
  }));
}

function withNames({ text, entities }: Words, names: readonly string[]): Words {
  const before = names.map((name) => (text === "" ? name : `${name}\n`)).join(text === "" ? "\n" : "");
  return { text: before + text, entities: shiftEntities(entities, before.length) };
}

/** Whether it can be made again from what is stored. */
const isShown = (one: StoredAttachment): boolean => one.kind === "location" || (isFile(one) && one.fileKey !== null);

const isPhotoForTelegram = ({ width, height }: StoredPhotoRow): boolean =>
  !(width && height) || fitsPhoto(width, height);

const takesCaption = (kind: FileKind): boolean => kind !== "sticker" && kind !== "videoNote";

export type FilePart = Pick<PayloadOf<"file">, "kind" | "fileKey" | "name" | "durationSeconds">;

const asDocument = ({ fileKey }: StoredPhotoRow): FilePart => ({
  kind: "document",
  fileKey,
  name: null,
  durationSeconds: null,
});

const asFile = ({ kind, fileKey, name, durationSeconds }: StoredFileAttachment): FilePart | null =>
  fileKey === null ? null : { kind: kind === "photo" ? "document" : kind, fileKey, name, durationSeconds };

/** Telegram moves a place for at least a minute. */
const MIN_LIVE_SECONDS = 60;

function placeCall({ latitude, longitude, liveUntil }: Extract<StoredAttachment, { kind: "location" }>, now: Date) {
  const seconds = liveUntil === null ? null : Math.round((Date.parse(liveUntil) - now.getTime()) / 1_000);
  const livePeriod = seconds === null || seconds < MIN_LIVE_SECONDS ? null : Math.min(seconds, 86_400);
  return { type: "place" as const, latitude, longitude, livePeriod };
}

/** In which forms what Telegram refuses may pass, the next best first; none for what has no other. */
export function otherForms(payload: TelegramPayload): TelegramPayload[] {
  const { messageId, to, chatId } = payload;
  const common = { messageId, to, chatId };
  switch (payload.type) {
    case "photos": {
      const { photoKeys, replyToId, caption, entities } = payload;
      const words = (at: number) => (at === 0 ? { caption, ...formatted(entities ?? []) } : { caption: "" });
      if (photoKeys.length > 1)
        return photoKeys.map((key, at) => ({ ...payload, photoKeys: [key], entities: undefined, ...words(at) }));
      return photoKeys.map((fileKey) => ({
        ...common,
        ...{ type: "file", kind: "document", fileKey, name: null, durationSeconds: null, replyToId, ...words(0) },
      }));
    }
    case "file":
      if (payload.kind !== "document") return [{ ...payload, kind: "document" }];
      return [...wordsAlone(payload), ...inWords(common, payload.name ?? "A file")];
    // Formatting that Telegram does not take: the words alone.
    case "text":
      return payload.entities ? [{ ...payload, entities: undefined }] : [];
    default:
      return [];
  }
}

/** The words of what cannot be shown reach the other side by themselves. */
function wordsAlone({ caption, entities, replyToId, ...payload }: PayloadOf<"file">): TelegramPayload[] {
  if (caption === "") return [];
  const { messageId, to, chatId } = payload;
  return textCalls({ text: caption, entities: entities ?? [] }, { messageId, to, chatId, replyToId }, TEXT_LIMIT);
}

/** Agents are told what they find in the Inbox; to a customer nothing is said of it, and the agent hears that it is lost. */
export const inWords = (common: Omit<Common, "replyToId">, name: string): TelegramPayload[] => [
  common.to === "group"
    ? {
        ...common,
        type: "notice",
        text: `${lineOf(name, 255) ?? "A file"}: Telegram does not take it here. It is in the Inbox.`,
      }
    : { ...common, type: "lost" },
];
