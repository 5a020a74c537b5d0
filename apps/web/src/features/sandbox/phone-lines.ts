import type { SandboxMessage, SandboxUser } from "@pult/sandbox/control.ts";
import { photoAt, type ShownPhoto } from "../thread/photo-grid.tsx";
import type { Outgoing } from "../thread/send-queue.ts";
import type { AppMessage } from "./app-client.ts";
import { fileUrl } from "./control-client.ts";

/** The `user_id` that the operator's own backend knows this customer by; nothing to do with Telegram's. */
export const appUserId = ({ username }: Pick<SandboxUser, "username">): string => username;

export type AppMessageBody = { text: string; photos: readonly { file: File; previewUrl: string }[] };

/** A message that the app is sending or could not send, with the reason in the server's words. */
export type AppOutgoing = Outgoing<AppMessageBody, string>;

/** What comes from history and what comes live, each message once, in order. */
export function mergeAppMessages(known: readonly AppMessage[], more: readonly AppMessage[]): AppMessage[] {
  const byId = new Map(known.map((message) => [message.message_id, message]));
  for (const message of more) byId.set(message.message_id, message);
  return [...byId.values()].sort((a, b) => a.message_id - b.message_id);
}

/** The document's instants are UTC without saying so. */
export const instantOf = (createdAt: string): string => `${createdAt.replace(" ", "T")}Z`;

/** One bubble on a phone's screen, whichever app shows it. */
export type PhoneLine = {
  key: string;
  own: boolean;
  text: string;
  photos: readonly ShownPhoto[];
  document: string | null;
  /** ISO 8601. */
  at: string;
  isEdited: boolean;
  quote: { author: string; text: string } | null;
  state: "sending" | "sent" | "failed";
  failure: string | null;
  /** In Telegram: the message that can be answered or edited. */
  message: SandboxMessage | null;
  isService: boolean;
  /** An emoji put to it. */
  reaction: string | null;
};

export const PLAIN: Omit<PhoneLine, "key" | "own" | "text" | "photos" | "at"> = {
  document: null,
  isEdited: false,
  quote: null,
  state: "sent",
  failure: null,
  message: null,
  isService: false,
  reaction: null,
};

export function appLines(messages: readonly AppMessage[], outgoing: readonly AppOutgoing[]): PhoneLine[] {
  return [
    ...messages.map(
      (message): PhoneLine => ({
        ...PLAIN,
        key: `m${message.message_id}`,
        own: message.direction === "user",
        text: message.message,
        photos: message.photo_urls.map((url) => photoAt(url)),
        at: instantOf(message.created_at),
      }),
    ),
    ...outgoing.map(
      (item): PhoneLine => ({
        ...PLAIN,
        key: item.clientId,
        own: true,
        text: item.text,
        photos: item.photos.map((photo) => photoAt(photo.previewUrl)),
        at: item.createdAt,
        state: item.state === "failed" ? "failed" : "sending",
        failure: item.failure,
      }),
    ),
  ];
}

function quoteOf(messages: readonly SandboxMessage[], { replyToMessageId }: SandboxMessage): PhoneLine["quote"] {
  const quoted = messages.find((one) => one.messageId === replyToMessageId);
  return quoted ? { author: quoted.from.name, text: quoted.text } : null;
}

/** A private chat as its user sees it; an album is one bubble. */
export function telegramLines(messages: readonly SandboxMessage[], userId: number): PhoneLine[] {
  const lines: PhoneLine[] = [];
  for (const message of messages) {
    const above = lines.at(-1);
    const photos = message.photo ? [photoAt(fileUrl(message.photo.fileUniqueId), message.photo)] : [];
    if (above && message.mediaGroupId !== null && above.message?.mediaGroupId === message.mediaGroupId) {
      lines[lines.length - 1] = { ...above, photos: [...above.photos, ...photos] };
      continue;
    }
    lines.push({
      ...PLAIN,
      key: String(message.messageId),
      own: message.from.id === userId,
      text: message.text,
      photos,
      document: message.document,
      at: message.sentAt,
      isEdited: message.editedAt !== null,
      quote: quoteOf(messages, message),
      message,
      isService: message.service,
    });
  }
  return lines;
}
