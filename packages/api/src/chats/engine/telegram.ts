import type { TextEntity } from "../../telegram/entities.ts";

/**
 * What Telegram speaks of, in words of no library. Chat ids are marked as in the Bot API (user `123`, basic group `-123`, channel `-100123`) and safe
 * integers, as message ids are; instants are Unix seconds.
 */

/** Where a call is directed: the access hash is of this account alone, null for basic groups and for those that need none. */
export interface Peer {
  chatId: number;
  accessHash: string | null;
}

export interface TelegramUser {
  id: number;
  accessHash: string | null;
  /** Only what a group shows of a stranger: names and hash must not replace what is known better. */
  isMin: boolean;
  isSelf: boolean;
  isBot: boolean;
  isContact: boolean;
  isMutual: boolean;
  isDeleted: boolean;
  firstName: string | null;
  lastName: string | null;
  username: string | null;
  phoneNumber: string | null;
  /** Changes with the profile photo; null without one. */
  photoId: string | null;
  status: UserStatus | null;
}

export interface UserStatus {
  kind: "online" | "offline" | "recently" | "lastWeek" | "lastMonth";
  /** Of `offline`: last seen; of `online`: until when. */
  at: number | null;
}

/** A basic group, supergroup or channel. */
export interface TelegramGroup {
  chatId: number;
  accessHash: string | null;
  isMin: boolean;
  type: "group" | "supergroup" | "channel";
  title: string;
  username: string | null;
  memberCount: number | null;
  photoId: string | null;
  /** Whether the account may write there. */
  canSend: boolean;
  /** Left, deactivated or forbidden: there is nothing to read any more. */
  isGone: boolean;
  isForum: boolean;
}

export const MEDIA_TYPES = [
  "photo",
  "video",
  "animation",
  "audio",
  "voice",
  "videoNote",
  "sticker",
  "document",
  "location",
  "contact",
  "poll",
  "webPage",
  "other",
] as const;

export interface MessageMedia {
  type: (typeof MEDIA_TYPES)[number];
  fileName: string | null;
  mimeType: string | null;
  /** Null where there is no file to load. */
  sizeBytes: number | null;
  /** Pixels. */
  width: number | null;
  height: number | null;
  durationSeconds: number | null;
  hasThumbnail: boolean;
  /** What stands in the place of a file, in a line: a poll's question, a place, a contact. */
  caption: string | null;
}

export interface TelegramMessage {
  id: number;
  chatId: number;
  /** The peer or oneself in private chats, null in channels. */
  senderId: number | null;
  text: string;
  entities: TextEntity[];
  media: MessageMedia | null;
  /** Messages of one album share it: decimal. */
  groupId: string | null;
  date: number;
  editedDate: number | null;
  forwardFromId: number | null;
  forwardFromName: string | null;
  replyToMessageId: number | null;
  viewsCount: number | null;
  reactions: { emoji: string; count: number; isMine: boolean }[];
  isOutgoing: boolean;
  isService: boolean;
  /** When Telegram will send it; null for what is sent. */
  scheduleDate: number | null;
}

/** Where a batch of updates ends, as Telegram counts. */
export interface UpdateState {
  pts: number;
  qts: number;
  date: number;
  seq: number;
}

/** Updates that came together, with whom they speak of. */
export interface UpdateBatch {
  users: TelegramUser[];
  groups: TelegramGroup[];
  updates: TelegramUpdate[];
  /** Sequence numbers of the container; null where it has none. */
  seq: { start: number; end: number } | null;
  date: number | null;
}

export const TYPING_ACTIONS = [
  "typing",
  "recordingVoice",
  "uploadingPhoto",
  "uploadingVideo",
  "uploadingDocument",
  "choosingSticker",
  "playing",
  "other",
] as const;
export type TypingAction = (typeof TYPING_ACTIONS)[number];

/**
 * One update. `pts` and `ptsCount` order it within its box: the account's where `channelId` is null, else that of the channel with this marked
 * id. Without `pts` it may be applied as it comes: so may all of a difference that belongs to the box that was asked for.
 */
export type TelegramUpdate = {
  channelId: number | null;
  pts: number | null;
  ptsCount: number;
  qts: number | null;
} & UpdateBody;

export type UpdateBody =
  | { type: "message"; message: TelegramMessage }
  | { type: "edited"; message: TelegramMessage }
  /** `chatId` is null where Telegram does not say it: in private chats and basic groups. */
  | { type: "deleted"; chatId: number | null; ids: number[] }
  | { type: "scheduled"; message: TelegramMessage }
  | { type: "scheduledDeleted"; chatId: number; ids: number[]; sentIds: number[] }
  /** A message of ours got its id. */
  | { type: "sent"; randomId: string; id: number }
  | { type: "readInbox"; chatId: number; maxId: number; unreadCount: number | null }
  | { type: "readOutbox"; chatId: number; maxId: number }
  | { type: "typing"; chatId: number; userId: number; action: TypingAction | "cancel" }
  | { type: "status"; userId: number; status: UserStatus | null }
  | { type: "reactions"; chatId: number; id: number; reactions: TelegramMessage["reactions"] }
  | { type: "views"; chatId: number; id: number; viewsCount: number }
  | { type: "pinned"; chatId: number; isPinned: boolean }
  | { type: "muted"; chatId: number; mutedUntil: number | null }
  | { type: "archived"; chatId: number; isArchived: boolean }
  /** Names, photo, members or rights changed; the batch's lists say how, else it has to be read. */
  | { type: "chatChanged"; chatId: number }
  /** The list of contacts is another; it has to be read. */
  | { type: "contactsChanged" }
  /** The draft that another device of the account keeps; null is none. */
  | { type: "draft"; chatId: number; text: string | null }
  /** Too much was missed of a channel; `pts` is where it is now. */
  | { type: "channelTooLong"; chatId: number }
  /** Too much was missed of the account. */
  | { type: "tooLong" }
  /** The scan of a QR code was accepted. */
  | { type: "loginToken" }
  /** Of no meaning here; it counts in its box all the same. */
  | { type: "other"; name: string };

/** A stretch of what was missed; `state` is where it ends. */
export type Difference =
  | { kind: "none"; state: Pick<UpdateState, "date" | "seq"> }
  | { kind: "slice" | "last"; batch: UpdateBatch; state: UpdateState }
  | { kind: "tooLong"; pts: number };

export type ChannelDifference =
  | { kind: "part"; batch: UpdateBatch; pts: number; isLast: boolean }
  /** The channel's newest messages stand in the place of what was missed. */
  | { kind: "tooLong"; batch: UpdateBatch; dialog: TelegramDialog | null; pts: number };

export interface TelegramDialog {
  chatId: number;
  topMessageId: number;
  unreadCount: number;
  readInboxMaxId: number;
  readOutboxMaxId: number;
  isPinned: boolean;
  isArchived: boolean;
  /** Unix seconds; null when it is not muted. */
  mutedUntil: number | null;
  /** Of channels and supergroups. */
  pts: number | null;
}

export interface DialogsPage {
  dialogs: TelegramDialog[];
  messages: TelegramMessage[];
  users: TelegramUser[];
  groups: TelegramGroup[];
  totalCount: number;
  /** For the next page; null at the end. */
  next: { date: number; id: number; peer: Peer } | null;
}

export interface MessagesPage {
  /** Newest first. */
  messages: TelegramMessage[];
  users: TelegramUser[];
  groups: TelegramGroup[];
  totalCount: number;
}

export interface FullChat {
  bio: string | null;
  about: string | null;
  memberCount: number | null;
  users: TelegramUser[];
  groups: TelegramGroup[];
}

export type SignedIn = { kind: "user"; user: TelegramUser } | { kind: "password"; hint: string | null };

export type LoginToken =
  | { kind: "token"; url: string; expiresAt: number }
  | { kind: "user"; user: TelegramUser }
  | { kind: "password"; hint: string | null };

/** Telegram's marks: users as they are, basic groups negative, channels behind `-100`. */
const CHANNEL_MARK = -1_000_000_000_000;
export const markGroup = (id: number): number => -id;
export const markChannel = (id: number): number => CHANNEL_MARK - id;

/** What a marked id means. */
export function readChatId(chatId: number): { kind: "user" | "group" | "channel"; id: number } {
  if (chatId > 0) return { kind: "user", id: chatId };
  if (chatId > CHANNEL_MARK) return { kind: "group", id: -chatId };
  return { kind: "channel", id: CHANNEL_MARK - chatId };
}

/** Telegram's service account: it sends login codes. */
export const TELEGRAM_SERVICE_ID = 777_000;
