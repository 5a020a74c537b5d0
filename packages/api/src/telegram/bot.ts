import type { TelegramFile } from "./attachments.ts";
import type { TextEntity } from "./entities.ts";

/** The topic that every forum has. Telegram shows it under this id, and takes messages for it without an id alone. */
export const GENERAL_TOPIC = 1;

/** Where a message is to stand. */
export interface BotTarget {
  chatId: number;
  /** Topic of a forum, `GENERAL_TOPIC` too. */
  threadId?: number;
  /** Sent as a reply when that message still exists, plain otherwise. */
  replyToMessageId?: number;
  /** The Telegram Business account in whose name it is sent. */
  businessConnectionId?: string;
}

/** A message the bot is to send. There is no parse mode: nothing in a text or caption is markup, formatting is named by `entities`. */
export interface BotText extends BotTarget {
  /** 1 to 4,096 UTF-16 units. */
  text: string;
  entities?: readonly TextEntity[];
  /** Stars may be charged for it where it goes beyond Telegram's free limit. */
  paid?: true;
}

export interface BotPhotos extends BotTarget {
  /** 1 to 10 media-store keys; two or more go as one album. Uploaded, never linked. */
  photoKeys: string[];
  /** At most 1,024 UTF-16 units; empty for none. */
  caption: string;
  entities?: readonly TextEntity[];
}

/** A stored file. */
export interface BotFile {
  kind: TelegramFile["kind"];
  /** In the media store; uploaded, never linked. */
  fileKey: string;
  name: string | null;
  durationSeconds: number | null;
  /** At most 1,024 UTF-16 units; empty for none. Stickers and video notes have none. */
  caption: string;
  entities?: readonly TextEntity[];
}

/** Messages of another chat that the bot can see, as they are there. */
export interface BotCopy extends BotTarget {
  fromChatId: number;
  /** In ascending order; an album stays one. */
  messageIds: readonly number[];
  /** Whether they say whose they are. */
  isForward: boolean;
}

export interface BotPlace extends BotTarget {
  latitude: number;
  longitude: number;
  /** Seconds for which it moves; null for a place that does not. */
  livePeriod: number | null;
}

/** What the bot may do in a group. */
export interface BotRights {
  /** As the Bot API calls it. */
  status: string;
  canManageTopics: boolean;
  canPin: boolean;
  canDelete: boolean;
}

export interface BotChat {
  id: number;
  type: "private" | "group" | "supergroup" | "channel";
  title: string;
  isForum: boolean;
}

export interface BotIdentity {
  /** Whether it sees every message of its groups; null where Telegram does not say. */
  readsGroups?: boolean | null;
  id: number;
  username: string;
  name: string;
}

/**
 * What Telegram said no to, sorted by what to do about it.
 * - `flood`: wait `retryAfterMs`, then the same call
 * - `down`: network, timeout or 5xx; try again later
 * - `topicMissing`: the topic is gone; make a new one
 * - `migrated`: the chat is now `migratedToChatId`
 * - `unchanged`: the edit changes nothing; as good as done
 * - `gone`: the message to edit or delete does not exist
 * - `form`: it cannot be shown like this; another form may pass: a document for a photo, text for a caption
 * - `topicClosed`: the topic is closed
 * - `noRight`: the group keeps the bot from sending this kind
 * - `unauthorized`: the token is not this bot's any more; nothing passes until it is
 * - `forbidden`: blocked by the user, kicked, or never written to by them; trying again does not help
 * - `unpaid`: it would cost Stars that the bot does not have or may not spend
 * - `rejected`: what is wrong with the content itself, in Telegram's own words
 * - `unlisted`: a refusal that Pult does not know
 */
export type BotFailure =
  | "flood"
  | "down"
  | "topicMissing"
  | "migrated"
  | "unchanged"
  | "gone"
  | "form"
  | "topicClosed"
  | "noRight"
  | "unauthorized"
  | "forbidden"
  | "unpaid"
  | "rejected"
  | "unlisted";

export class BotError extends Error {
  readonly failure: BotFailure;
  readonly retryAfterMs: number | null;
  readonly migratedToChatId: number | null;
  /** With `down`: the request left, and what came of it is not known. */
  readonly mayHaveArrived: boolean;

  constructor(
    failure: BotFailure,
    message: string,
    details: { retryAfterMs?: number; migratedToChatId?: number; mayHaveArrived?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = "BotError";
    this.failure = failure;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.migratedToChatId = details.migratedToChatId ?? null;
    this.mayHaveArrived = details.mayHaveArrived ?? false;
  }
}

/** The Bot API as Pult uses it. Every method throws `BotError` and nothing else; none retries or waits by itself. */
export interface Bot {
  getMe(): Promise<BotIdentity>;
  getChat(chatId: number): Promise<BotChat>;
  sendText(message: BotText): Promise<{ messageId: number }>;
  /** @returns one id per photo, in order */
  sendPhotos(message: BotPhotos): Promise<{ messageIds: number[] }>;
  sendFile(target: BotTarget, file: BotFile): Promise<{ messageId: number }>;
  /** @returns one id per message that could be copied, in order */
  copyMessages(copy: BotCopy): Promise<{ messageIds: number[] }>;
  sendPlace(place: BotPlace): Promise<{ messageId: number }>;
  editText(chatId: number, messageId: number, text: string, entities?: readonly TextEntity[]): Promise<void>;
  editCaption(chatId: number, messageId: number, caption: string, entities?: readonly TextEntity[]): Promise<void>;
  /** Another file in the place of the one that a message shows, with its caption. */
  editFile(chatId: number, messageId: number, file: BotFile): Promise<void>;
  /** A place that moves; with `isOver` it has stopped. */
  editPlace(
    chatId: number,
    messageId: number,
    place: { latitude: number; longitude: number; isOver: boolean },
  ): Promise<void>;
  deleteMessage(chatId: number, messageId: number): Promise<void>;
  /** Without a notice to the members. Pinning what is pinned changes nothing. */
  pinMessage(chatId: number, messageId: number): Promise<void>;
  unpinMessage(chatId: number, messageId: number): Promise<void>;
  createTopic(chatId: number, name: string): Promise<{ threadId: number }>;
  renameTopic(chatId: number, threadId: number, name: string): Promise<void>;
  reopenTopic(chatId: number, threadId: number): Promise<void>;
  /** What the bot may do there; null where Telegram does not say. */
  getRights(chatId: number): Promise<BotRights | null>;
  /** With every message in it, for everybody. */
  removeTopic(chatId: number, threadId: number): Promise<void>;
  /** The bytes of a file that was sent to the bot (at most 20 MB: the Bot API's limit). */
  download(fileId: string): Promise<AsyncIterable<Uint8Array>>;
  setWebhook(url: string, secret: string): Promise<void>;
  deleteWebhook(): Promise<void>;
  /** One long poll: waits up to `timeoutSeconds` for updates past `offset`. */
  getUpdates(offset: number, timeoutSeconds: number, signal: AbortSignal): Promise<BotUpdate[]>;
}

/** An update as Telegram sends it; `updates.ts` reads what the desk needs of it. @see https://core.telegram.org/bots/api#update */
export interface BotUpdate {
  update_id: number;
  [kind: string]: unknown;
}
