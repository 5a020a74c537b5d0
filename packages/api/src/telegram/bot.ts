/** The topic that every forum has. Telegram shows it under this id, and takes messages for it without an id alone. */
export const GENERAL_TOPIC = 1;

/** A message the bot is to send. Text and caption are plain: no parse mode, so nothing in them can be markup. */
export interface BotText {
  chatId: number;
  /** Topic of a forum, `GENERAL_TOPIC` too. */
  threadId?: number;
  /** 1 to 4,096 UTF-16 units. */
  text: string;
  /** Sent as a reply when that message still exists, plain otherwise. */
  replyToMessageId?: number;
  /** Stars may be charged for it where it goes beyond Telegram's free limit. */
  paid?: true;
}

export interface BotPhotos extends Omit<BotText, "text" | "paid"> {
  /** 1 to 10 media-store keys; two or more go as one album. Uploaded, never linked. */
  photoKeys: string[];
  /** At most 1,024 UTF-16 units; empty for none. */
  caption: string;
}

export interface BotChat {
  id: number;
  type: "private" | "group" | "supergroup" | "channel";
  title: string;
  isForum: boolean;
}

export interface BotIdentity {
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
 * - `forbidden`: blocked by the user, kicked, or never written to by them; trying again does not help
 * - `unpaid`: it would cost Stars that the bot does not have or may not spend
 * - `rejected`: everything else Telegram refuses, in its own words
 */
export type BotFailure =
  | "flood"
  | "down"
  | "topicMissing"
  | "migrated"
  | "unchanged"
  | "gone"
  | "forbidden"
  | "unpaid"
  | "rejected";

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
  editText(chatId: number, messageId: number, text: string): Promise<void>;
  editCaption(chatId: number, messageId: number, caption: string): Promise<void>;
  /** Without a notice to the members. Pinning what is pinned changes nothing. */
  pinMessage(chatId: number, messageId: number): Promise<void>;
  unpinMessage(chatId: number, messageId: number): Promise<void>;
  createTopic(chatId: number, name: string): Promise<{ threadId: number }>;
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
