import { z } from "zod";
import type { MediaLinks } from "../media/links.ts";
import { type Photo, photo } from "../media/schema.ts";
import { type Attachment, detailOf, isFile, type StoredAttachment, storedAttachment } from "./content.ts";
import { conversationEventWith, customerEventWith, type Message, type MessageKind, message } from "./schema.ts";

/** A photo as events keep it: by file name. Links are made when it is read, because they expire and differ by installation. */
export const storedPhoto = photo
  .omit({ url: true, thumbUrl: true })
  .extend({ fileKey: z.string(), thumbKey: z.string() });
export type StoredPhotoRow = z.infer<typeof storedPhoto>;

export const storedMessage = message
  .omit({ photos: true, attachments: true })
  .extend({ photos: z.array(storedPhoto), attachments: z.array(storedAttachment).optional() });
export type StoredMessage = z.infer<typeof storedMessage>;

export const storedConversationEvent = conversationEventWith(storedMessage);
export const storedCustomerEvent = customerEventWith(storedMessage);

/** The kind of a message's first attachment, and what tells it from others, as a conversation's row keeps them; null for none. */
export function firstAttachment({ attachments }: Pick<StoredMessage, "attachments">): string | null {
  const [first] = attachments ?? [];
  if (!first) return null;
  const kind = first.kind === "other" ? first.type : first.kind;
  return `${kind} ${detailOf(first) ?? ""}`.trim().slice(0, 200).toWellFormed();
}

/** What `firstAttachment` says. */
export function readFirstAttachment(kept: string): { kind: string; detail: string | null } {
  const [kind = "", ...words] = kept.split(" ");
  return { kind, detail: words.length > 0 ? words.join(" ") : null };
}

/** Seen by agents only. */
export const isInternal = (kind: MessageKind): boolean => kind === "note" || kind === "event";

export type Viewer = "agent" | "customer";

/** A message for a reader: photos with links, and what only agents may see taken out for customers. */
export function presentMessage(stored: StoredMessage, links: MediaLinks, viewer: Viewer): Message {
  const { photos, attachments, ...rest } = stored;
  const files = attachments && { attachments: attachments.map((one) => presentAttachment(one, links)) };
  const shown = { ...rest, photos: photos.map((one) => presentPhoto(one, links)), ...files };
  if (viewer === "agent") return shown;
  return { ...shown, deliveries: [], change: null, author: { id: null, name: shown.author.name } };
}

export function presentPhoto({ fileKey, thumbKey, ...rest }: StoredPhotoRow, links: MediaLinks): Photo {
  return { ...rest, url: links.path(fileKey), thumbUrl: links.path(thumbKey) };
}

export function presentAttachment(one: StoredAttachment, links: MediaLinks): Attachment {
  if (one.kind === "other") return { kind: one.kind, type: one.type, title: one.title };
  if (!isFile(one)) return one;
  const { fileKey, thumbKey, telegram: _, ...rest } = one;
  const path = (key: string | null) => (key === null ? null : links.path(key));
  return { ...rest, url: path(fileKey), thumbUrl: path(thumbKey) };
}

/** An event for a reader: its message, when it has one, presented. */
export function presentEvent<Event extends object>(event: Event, links: MediaLinks, viewer: Viewer) {
  if (!("message" in event)) return event;
  return { ...event, message: presentMessage(event.message as StoredMessage, links, viewer) };
}
