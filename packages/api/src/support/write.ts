import type { BatchWriter } from "@pult/db/batch-writer.ts";
import type { Transaction } from "@pult/db/database.ts";
import type { Deps } from "../context.ts";
import type { Appended } from "../realtime/log.ts";
import type { MessageContent, StoredAttachment } from "./content.ts";
import type { ChangeEvent, Channel, MessageKind, ReplyWindow, Source } from "./schema.ts";
import type { StoredMessage } from "./stored.ts";

/** The customer of a conversation that may not exist yet. Name and username are what is known now; null leaves them as they are. */
export interface CustomerRef {
  channel: Channel;
  externalId: string;
  name: string | null;
  username: string | null;
  languageCode: string | null;
}

/** Telegram messages that this one came from. */
export interface TelegramOrigin {
  /** Whose private chat it is; 0 for groups. @see botScope */
  botId: number;
  chatId: number;
  messageIds: number[];
  /** Whether the text was a caption. */
  caption: boolean;
}

/** A message about to be stored, of any kind and from any route. */
export interface MessageWrite {
  conversation: { id: number } | CustomerRef;
  kind: MessageKind;
  text: string;
  /** Uploads: photos and files of other kinds. */
  photoIds: string[];
  /** What else it shows, behind the files among the uploads. */
  attachments: readonly StoredAttachment[];
  /** What stands beside its text. */
  content: Omit<MessageContent, "attachments">;
  /** When it was written, where that was earlier than now. */
  writtenAt: Date | null;
  /** Who may attach those photos: the uploader. */
  ownerRef: string;
  author: { id: string | null; name: string };
  source: Source;
  /** Makes the write repeatable within its conversation. */
  clientId: string | null;
  /** What the client id stands for. */
  contentHash: string | null;
  replyToId: number | null;
  change: ChangeEvent | null;
  origin: TelegramOrigin | null;
  /** The Telegram Business account in whose chat it was written; null leaves what is known. */
  businessConnectionId: string | null;
  /** What the message opens on a channel that limits replies. */
  opens: ReplyWindow | null;
  /** Agents whom a note names. */
  mentions: readonly string[];
}

/** A message as it is handed to the writer: what is left out it has not. */
export type NewMessage = Pick<MessageWrite, "conversation" | "kind" | "author" | "source"> & Partial<MessageWrite>;

export interface WrittenMessage {
  message: StoredMessage;
  /** The same client id was written before; nothing happened now. */
  repeated: boolean;
  /** Events of the whole batch, on its first result only. */
  appended: Appended | null;
  /** The batch left something in the outbox. */
  owes: boolean;
}

export interface MessageWriter extends BatchWriter<NewMessage, WrittenMessage> {
  /** Writes inside a transaction that does more than that; `publish` the result after its commit. */
  writeIn(tx: Transaction, write: NewMessage): Promise<WrittenMessage>;
  publish(results: readonly WrittenMessage[]): void;
}

export type MessageWriterDeps = Pick<
  Deps,
  "db" | "bus" | "feeds" | "log" | "presence" | "now" | "telegram" | "instagram" | "config"
>;
