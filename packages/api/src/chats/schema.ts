import { z } from "zod";
import { isStorable } from "../storable.ts";
import { ENTITY_TYPES } from "../telegram/entities.ts";
import { MEDIA_TYPES, TYPING_ACTIONS } from "./engine/telegram.ts";
import { ACCESS } from "./grants.ts";

export const storable = (text: z.ZodString) => text.refine(isStorable, "No NUL or half characters");
const isoOrNull = z.string().nullable();
const textOrNull = z.string().nullable();
const intOrNull = z.int().nullable();

export const SESSION_STATUSES = [
  "INITIALIZED",
  "CODE_REQUESTED",
  "PASSWORD_REQUIRED",
  "AUTHORIZED",
  "EXPIRED",
] as const;
export const sessionStatus = z.enum(SESSION_STATUSES);
export type SessionStatus = z.infer<typeof sessionStatus>;

export const CONNECTIONS = ["connected", "connecting", "catchingUp", "offline"] as const;
export const accountHealth = z.object({
  connection: z.enum(CONNECTIONS),
  lastUpdateAt: isoOrNull,
  floodWaitUntil: isoOrNull,
});
export type AccountHealth = z.infer<typeof accountHealth>;

export const user = z.object({
  id: z.string(),
  isSelf: z.boolean(),
  isBot: z.boolean(),
  isContact: z.boolean(),
  firstName: textOrNull,
  lastName: textOrNull,
  username: textOrNull,
  phoneNumber: textOrNull,
  photoUrl: textOrNull,
  bio: textOrNull,
  onlineStatus: z.enum(["online", "offline", "recently", "lastWeek", "lastMonth"]).nullable(),
  lastSeenAt: isoOrNull,
});
export type User = z.infer<typeof user>;

/** A link to a Telegram account. Its secrets are in no answer. */
export const session = z.object({
  id: z.string(),
  /** The same as `id`. */
  accountId: z.string(),
  status: sessionStatus,
  /** Masked: `+1000•••0002`. */
  phoneNumber: textOrNull,
  user: user.nullable(),
  isDefault: z.boolean(),
  isShared: z.boolean(),
  health: accountHealth,
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Session = z.infer<typeof session>;

export const contact = z.object({
  id: z.string(),
  chatId: z.string(),
  firstName: textOrNull,
  lastName: textOrNull,
  username: textOrNull,
  phoneNumber: textOrNull,
  photoUrl: textOrNull,
  isMutual: z.boolean(),
  crmContactId: textOrNull,
  updatedAt: z.string(),
});
export type Contact = z.infer<typeof contact>;

export const messageEntity = z.object({
  type: z.enum(ENTITY_TYPES),
  offset: z.int().min(0),
  length: z.int().min(1),
  url: storable(z.string().min(1).max(2_048)).optional(),
  userId: z.string().optional(),
  language: storable(z.string().max(64)).optional(),
  customEmojiId: z.string().optional(),
});
export type MessageEntity = z.infer<typeof messageEntity>;

export const MEDIA_STATES = ["ready", "remote", "processing", "failed"] as const;
export const media = z.object({
  id: z.string(),
  type: z.enum(MEDIA_TYPES),
  fileName: textOrNull,
  mimeType: textOrNull,
  sizeBytes: intOrNull,
  width: intOrNull,
  height: intOrNull,
  durationSeconds: intOrNull,
  url: textOrNull,
  thumbUrl: textOrNull,
  state: z.enum(MEDIA_STATES),
  expiresAt: isoOrNull,
});
export type Media = z.infer<typeof media>;

export const SEND_STATES = ["queued", "sending", "scheduled", "sent", "read", "failed"] as const;
export const sendState = z.enum(SEND_STATES);
export type SendState = z.infer<typeof sendState>;

/** An error as the documented protocol prints it. */
export const told = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Told = z.infer<typeof told>;

export const message = z.object({
  id: z.string(),
  accountId: z.string(),
  chatId: z.string(),
  senderId: textOrNull,
  text: z.string(),
  entities: z.array(messageEntity),
  media: media.nullable(),
  groupId: textOrNull,
  date: z.string(),
  editedDate: isoOrNull,
  forwardFromId: textOrNull,
  forwardFromName: textOrNull,
  replyToMessageId: textOrNull,
  viewsCount: intOrNull,
  isOutgoing: z.boolean(),
  isService: z.boolean(),
  isScheduled: z.boolean(),
  scheduleDate: isoOrNull,
  clientId: textOrNull,
  /** Of the account's own; null of others. */
  state: sendState.nullable(),
  error: told.nullable(),
  /** Only where there are some; the documented protocol has no such field. */
  reactions: z.array(z.object({ emoji: z.string(), count: z.int(), isMine: z.boolean() })).optional(),
});
export type Message = z.infer<typeof message>;

export const association = z.object({
  id: z.string(),
  chatId: z.string(),
  accountId: z.string(),
  crmEntityType: z.string(),
  crmEntityId: z.string(),
  /** The user's id; `key:<id>` of a key. */
  createdBy: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  /** When it is a record of Pult's own CRM. */
  entity: z.object({ id: z.string(), title: z.string() }).nullable(),
});
export type Association = z.infer<typeof association>;

export const CHAT_TYPES = ["private", "bot", "group", "supergroup", "channel"] as const;
export const chat = z.object({
  id: z.string(),
  accountId: z.string(),
  type: z.enum(CHAT_TYPES),
  title: z.string(),
  username: textOrNull,
  firstName: textOrNull,
  lastName: textOrNull,
  photoUrl: textOrNull,
  bio: textOrNull,
  about: textOrNull,
  memberCount: intOrNull,
  unreadCount: z.int(),
  readInboxMaxId: z.string(),
  readOutboxMaxId: z.string(),
  isPinned: z.boolean(),
  isMuted: z.boolean(),
  isArchived: z.boolean(),
  canSend: z.boolean(),
  lastMessage: message.nullable(),
  associations: z.array(association),
  createdAt: z.string(),
  updatedAt: z.string(),
  /** What the reader may do with it, where the account is shared with them; the documented protocol has no such field. */
  access: z.enum(ACCESS).optional(),
});
export type Chat = z.infer<typeof chat>;

/** What happens in an account's chats, in Telegram's order, stored with its change. */
export const chatsEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("newMessage"), accountId: z.string(), chatId: z.string(), message }),
  z.object({
    type: z.literal("messageSent"),
    /** Who sent it through Pult; null from another device. */
    userId: textOrNull,
    accountId: z.string(),
    chatId: z.string(),
    message,
  }),
  z.object({ type: z.literal("messageEdited"), accountId: z.string(), chatId: z.string(), message }),
  /** Only its reactions are others; the documented protocol does not tell of it. */
  z.object({ type: z.literal("messageReacted"), accountId: z.string(), chatId: z.string(), message }),
  z.object({
    type: z.literal("messageDeleted"),
    accountId: z.string(),
    chatId: z.string(),
    messageIds: z.array(z.string()),
  }),
  z.object({
    type: z.literal("read"),
    accountId: z.string(),
    chatId: z.string(),
    direction: z.enum(["inbox", "outbox"]),
    maxId: z.string(),
    unreadCount: z.int(),
  }),
  z.object({ type: z.literal("chatUpdated"), accountId: z.string(), chat }),
  z.object({ type: z.literal("sessionUpdated"), session }),
]);
export type ChatsEvent = z.infer<typeof chatsEvent>;
export const CHATS_EVENT_TYPES = [
  "newMessage",
  "messageSent",
  "messageEdited",
  "messageReacted",
  "messageDeleted",
  "read",
  "chatUpdated",
  "sessionUpdated",
] as const satisfies readonly ChatsEvent["type"][];

/** Another person types; over at `expiresAt` without a further event. */
export const typingEvent = z.object({
  accountId: z.string(),
  chatId: z.string(),
  userId: z.string(),
  action: z.enum(TYPING_ACTIONS),
  isTyping: z.boolean(),
  expiresAt: z.string(),
});
export type TypingEvent = z.infer<typeof typingEvent>;

/** What a member of the team is writing in a chat. */
export const draft = z.object({
  accountId: z.string(),
  chatId: z.string(),
  authorId: z.string(),
  authorName: textOrNull,
  /** Empty: it was sent or removed. */
  text: z.string(),
  /** Grows with every change; 0 before the first. */
  revision: z.int(),
  updatedAt: z.string(),
});
export type Draft = z.infer<typeof draft>;

export const sendStateEvent = z.object({
  chatId: z.string(),
  clientId: z.string(),
  state: sendState,
  error: told.nullable(),
  retryAt: isoOrNull,
});
export type SendStateEvent = z.infer<typeof sendStateEvent>;

/** A page of a list. */
export interface Page<Item> {
  items: Item[];
  hasMore: boolean;
  /** Of the whole list. */
  totalCount: number;
  /** For `offsetId` of the next page; null at the end. */
  nextOffsetId: string | null;
}
