import type { TextEntity } from "../../telegram/entities.ts";
import type {
  ChannelDifference,
  DialogsPage,
  Difference,
  FullChat,
  LoginToken,
  MessagesPage,
  Peer,
  SignedIn,
  TelegramGroup,
  TelegramMessage,
  TelegramUser,
  TypingAction,
  UpdateBatch,
  UpdateState,
} from "./telegram.ts";

/**
 * Telegram's client API as Pult uses it, in words of no library: one adapter speaks MTProto, another engine could. Chat ids are marked as in
 * the Bot API (user `123`, basic group `-123`, channel `-100123`) and safe integers, as message ids are; instants are Unix seconds.
 */
export interface TelegramClients {
  /**
   * Opens the one connection of a session. It reconnects by itself for as long as it is open.
   * @throws TelegramFailure `down` when Telegram cannot be reached in time, `expired` when it no longer knows the session
   */
  connect(options: ConnectOptions): Promise<TelegramConnection>;
}

export interface ConnectOptions {
  api: { id: number; hash: string };
  /** As `TelegramConnection.session` gave it; null begins a new one. */
  session: string | null;
  /** How Telegram's list of devices names this installation. */
  device: string;
  /** Called for every batch of updates in the order of arrival, and for the updates that answers of calls carry; must not throw. */
  onUpdates(batch: UpdateBatch): void;
  /**
   * `up` once `connect` has resolved, and after every interruption: what was missed has to be fetched. `down` while it reconnects.
   */
  onState(state: "up" | "down"): void;
  /** Telegram ended the session, once `connect` has resolved; the connection is closed. Called once. */
  onExpired(reason: string): void;
  /** Telegram moved the account, or its keys changed: the session has to be stored again. */
  onSession(session: string): void;
  /** Told of every call to Telegram, those for files too; repeats of a dropped one are part of it. */
  onCall?(call: FinishedCall): void;
}

export interface FinishedCall {
  /** Telegram's name of it, such as `messages.sendMessage`. */
  method: string;
  outcome: "ok" | FailureKind;
  ms: number;
}

/** A file that a message is to carry. */
export type OutgoingMedia =
  | {
      kind: "upload";
      type: "photo" | "video" | "animation" | "audio" | "voice" | "document";
      fileName: string;
      mimeType: string;
      sizeBytes: number;
      width: number | null;
      height: number | null;
      durationSeconds: number | null;
      spoiler: boolean;
      /** May be read again when the upload is repeated. */
      read(): AsyncIterable<Uint8Array>;
    }
  /** The file of a message, without carrying it. */
  | { kind: "message"; peer: Peer; messageId: number; spoiler: boolean };

export interface OutgoingMessage {
  peer: Peer;
  text: string;
  entities: TextEntity[];
  /** Access hashes of those whom `text_mention` names, by decimal id. */
  mentioned: Record<string, string>;
  replyToMessageId: number | null;
  /** One file, or 2 to 10 of them as an album. */
  media: OutgoingMedia[];
  /** One for each message that it becomes: decimal, fixed before the first try. Repeats with the same one send nothing twice. */
  randomIds: string[];
  scheduleDate: number | null;
  silent: boolean;
}

/** What a call made of messages; its updates went through `onUpdates` already. */
export interface SentMessages {
  /** In the order of `randomIds`; null where Telegram only said that it had the message before. */
  messages: (TelegramMessage | null)[];
}

export interface Device {
  id: string;
  device: string;
  platform: string;
  ip: string;
  createdAt: number;
  activeAt: number;
  isCurrent: boolean;
}

/** A call waits for the connection and its answer for as long as `signal` lasts, or 30 s. */
export interface CallOptions {
  signal?: AbortSignal;
}

/**
 * Each method throws `TelegramFailure` and nothing else. A call made while the connection is down waits for it. When the connection drops under
 * a call, one that only reads is repeated once it is back; any other fails with `down` and `mayHaveHappened`, and is not sent later. Floods
 * and refusals are never waited out.
 */
export interface HistoryPage {
  peer: Peer;
  offsetId: number;
  offsetDate: number;
  limit: number;
  addOffset?: number;
}

export interface TelegramConnection {
  /** To be sealed and stored, so that the next connection needs no sign-in. */
  readonly session: string;
  readonly isUp: boolean;
  /** The data centre that serves the account. */
  readonly dataCentre: number;

  sendCode(phoneNumber: string): Promise<{ codeHash: string; timeoutSeconds: number }>;
  signIn(input: { phoneNumber: string; codeHash: string; code: string }): Promise<SignedIn>;
  checkPassword(password: string): Promise<TelegramUser>;
  /** A QR code's address, or what became of the last one; to be asked again once it has ended, and on `loginToken`. */
  exportLoginToken(): Promise<LoginToken>;
  logOut(): Promise<void>;

  getMe(): Promise<TelegramUser>;
  getState(): Promise<UpdateState>;
  getDifference(from: Pick<UpdateState, "pts" | "qts" | "date">): Promise<Difference>;
  getChannelDifference(from: { peer: Peer; pts: number }): Promise<ChannelDifference>;

  /** Newest first, pinned ones before; archived ones with `isArchived`. */
  getDialogs(page: { after: DialogsPage["next"]; limit: number; isArchived: boolean }): Promise<DialogsPage>;
  /** Of chats by name, whether they are in the list or not. */
  getPeerDialogs(peers: readonly Peer[]): Promise<DialogsPage>;
  /** Messages below `offsetId` (0: from the newest) and before `offsetDate` (0 sets no bound). */
  /** `addOffset` below 0: so many messages from `offsetId` on towards newer ones. */
  getHistory(page: HistoryPage): Promise<MessagesPage>;
  getMessages(input: { peer: Peer; ids: readonly number[] }): Promise<MessagesPage>;
  getScheduled(peer: Peer): Promise<MessagesPage>;
  search(page: { peer: Peer | null; query: string; offsetId: number; limit: number }): Promise<MessagesPage>;
  getFullChat(peer: Peer): Promise<FullChat>;
  getContacts(): Promise<TelegramUser[]>;
  /** Puts a person into the address book under this name, or gives them the name there; again, it does nothing. */
  saveContact(input: { peer: Peer; firstName: string; lastName: string }): Promise<void>;
  /** Takes a person out of the address book; one who is not in it stays out. */
  removeContact(peer: Peer): Promise<void>;
  resolve(
    input: { username: string } | { phoneNumber: string },
  ): Promise<{ users: TelegramUser[]; groups: TelegramGroup[]; chatId: number }>;

  send(message: OutgoingMessage, options?: CallOptions): Promise<SentMessages>;
  edit(input: {
    peer: Peer;
    id: number;
    text: string;
    entities: TextEntity[];
    mentioned: Record<string, string>;
  }): Promise<void>;
  delete(input: { peer: Peer; ids: readonly number[]; forEveryone: boolean }): Promise<void>;
  forward(input: { from: Peer; to: Peer; ids: readonly number[]; randomIds: readonly string[] }): Promise<SentMessages>;
  react(input: { peer: Peer; id: number; emoji: string | null }): Promise<void>;
  deleteScheduled(input: { peer: Peer; ids: readonly number[] }): Promise<void>;
  setTyping(input: { peer: Peer; action: TypingAction | "cancel" }): Promise<void>;
  markRead(input: { peer: Peer; maxId: number }): Promise<void>;

  /** The bytes of a message's file, or of its thumbnail, from `start` on; the place of the file is asked for anew where it has gone stale. */
  download(input: {
    peer: Peer;
    messageId: number;
    thumbnail: boolean;
    start?: number;
    signal?: AbortSignal;
  }): AsyncIterable<Uint8Array>;
  downloadPhoto(input: { peer: Peer; photoId: string; signal?: AbortSignal }): AsyncIterable<Uint8Array>;

  getDevices(): Promise<Device[]>;
  endDevice(id: string): Promise<void>;

  /** Ends every connection of it, those for files too; calls under way fail with `down`. */
  close(): Promise<void>;
}

/**
 * What became of a call, sorted by what to do about it.
 * - `expired`: the session is over; it has to be linked anew
 * - `flood`: wait `waitSeconds`, then the same call
 * - `down`: out of reach, no answer in time, or an internal error of Telegram's; see `mayHaveHappened`
 * - `refused`: everything else, by Telegram's own name in `reason`
 */
export type FailureKind = "expired" | "flood" | "down" | "refused";

export class TelegramFailure extends Error {
  readonly kind: FailureKind;
  /** Telegram's own name, such as `PEER_ID_INVALID`; `TIMEOUT` where there was no answer. */
  readonly reason: string;
  readonly waitSeconds: number;
  /** With `down`: the call left, and what came of it is not known. */
  readonly mayHaveHappened: boolean;

  constructor(
    kind: FailureKind,
    reason: string,
    details: { waitSeconds?: number; mayHaveHappened?: boolean; cause?: unknown } = {},
  ) {
    super(`Telegram: ${reason}`, { cause: details.cause });
    this.name = "TelegramFailure";
    this.kind = kind;
    this.reason = reason;
    this.waitSeconds = details.waitSeconds ?? 0;
    this.mayHaveHappened = details.mayHaveHappened ?? false;
  }
}

/** Basis of all errors that end a session. @see https://core.telegram.org/api/errors */
export const EXPIRED_REASONS: readonly string[] = [
  "AUTH_KEY_UNREGISTERED",
  "AUTH_KEY_INVALID",
  "AUTH_KEY_DUPLICATED",
  "AUTH_KEY_UNKNOWN",
  "SESSION_REVOKED",
  "SESSION_EXPIRED",
  "USER_DEACTIVATED",
  "USER_DEACTIVATED_BAN",
];
