import { sql } from "drizzle-orm";
import {
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { people } from "./auth.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
const id = () => bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity();

/** One customer of one channel: (channel, external id) is unique. */
export const conversations = pgTable(
  "conversations",
  {
    id: id(),
    channel: text("channel").notNull(),
    externalId: text("external_id").notNull(),
    personId: uuid("person_id")
      .notNull()
      .references(() => people.id),
    customerName: text("customer_name").notNull(),
    customerUsername: text("customer_username"),
    languageCode: text("language_code"),
    status: text("status").notNull().default("open"),
    snoozedUntil: instant("snoozed_until"),
    assigneeId: uuid("assignee_id").references(() => people.id),
    lastMessageId: bigint("last_message_id", { mode: "number" }),
    lastMessageKind: text("last_message_kind"),
    /** First 200 characters. */
    lastMessageText: text("last_message_text"),
    lastMessagePhotos: integer("last_message_photos").notNull().default(0),
    lastMessageAuthor: text("last_message_author"),
    lastActivityAt: instant("last_activity_at").notNull().defaultNow(),
    unreadCount: integer("unread_count").notNull().default(0),
    agentReadId: bigint("agent_read_id", { mode: "number" }).notNull().default(0),
    customerReadId: bigint("customer_read_id", { mode: "number" }).notNull().default(0),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("conversations_customer").on(t.channel, t.externalId),
    index("conversations_activity").on(t.lastActivityAt, t.id),
    index("conversations_assignee").on(t.assigneeId, t.lastActivityAt),
    index("conversations_snoozed").on(t.snoozedUntil).where(sql`status = 'snoozed'`),
  ],
);

export const messages = pgTable(
  "messages",
  {
    id: id(),
    conversationId: bigint("conversation_id", { mode: "number" }).notNull(),
    kind: text("kind").notNull(),
    text: text("text").notNull(),
    authorId: text("author_id"),
    authorName: text("author_name").notNull(),
    source: text("source").notNull(),
    clientId: text("client_id"),
    /** SHA-256 over what the client sent, so that a repeat with other content is seen. */
    contentHash: text("content_hash"),
    replyToId: bigint("reply_to_id", { mode: "number" }),
    photoCount: integer("photo_count").notNull().default(0),
    change: jsonb("change"),
    createdAt: instant("created_at").notNull().defaultNow(),
    editedAt: instant("edited_at"),
  },
  (t) => [
    index("messages_history").on(t.conversationId, t.id),
    uniqueIndex("messages_client_id").on(t.conversationId, t.clientId).where(sql`client_id is not null`),
  ],
);

export const devices = pgTable(
  "devices",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    conversationId: bigint("conversation_id", { mode: "number" }).notNull(),
    provider: text("provider").notNull(),
    /** FCM token, or the Web Push endpoint: the provider's address of this device. */
    token: text("token").notNull(),
    /** Web Push keys. */
    keys: jsonb("keys"),
    platform: text("platform").notNull(),
    deviceId: text("device_id"),
    registeredAt: instant("registered_at").notNull().defaultNow(),
    removedAt: instant("removed_at"),
    lastPushState: text("last_push_state"),
    lastPushStatus: integer("last_push_status"),
    lastPushReason: text("last_push_reason"),
    lastPushAt: instant("last_push_at"),
  },
  (t) => [uniqueIndex("devices_token").on(t.provider, t.token), index("devices_conversation").on(t.conversationId)],
);

/** Every attempt to hand a push to a provider, with its answer. */
export const pushAttempts = pgTable(
  "push_attempts",
  {
    id: id(),
    messageId: bigint("message_id", { mode: "number" }),
    deviceId: uuid("device_id").notNull(),
    state: text("state").notNull(),
    providerStatus: integer("provider_status"),
    reason: text("reason"),
    attemptedAt: instant("attempted_at").notNull().defaultNow(),
  },
  (t) => [index("push_attempts_message").on(t.messageId), index("push_attempts_device").on(t.deviceId)],
);

/**
 * What is still owed to the outside world. Rows of one `lane` (a Telegram chat, or one message's push) leave in id order, one at a time.
 */
export const outbox = pgTable(
  "outbox",
  {
    id: id(),
    lane: text("lane").notNull(),
    /** `group`, `telegram` or `push`: the leg shown beside the message. */
    leg: text("leg").notNull(),
    messageId: bigint("message_id", { mode: "number" }).notNull(),
    /** What to do, one outside call each. @see packages/api/src/support/outbox.ts */
    task: jsonb("task").notNull(),
    state: text("state").notNull().default("pending"),
    attempts: integer("attempts").notNull().default(0),
    notBefore: instant("not_before").notNull().defaultNow(),
    lastError: text("last_error"),
    createdAt: instant("created_at").notNull().defaultNow(),
    finishedAt: instant("finished_at"),
  },
  (t) => [index("outbox_due").on(t.lane, t.id).where(sql`state = 'pending'`), index("outbox_message").on(t.messageId)],
);

/** The customer's topic in the support group. A deleted topic's row is replaced. */
export const supportTopics = pgTable(
  "support_topics",
  {
    conversationId: bigint("conversation_id", { mode: "number" }).primaryKey(),
    chatId: bigint("chat_id", { mode: "number" }).notNull(),
    threadId: bigint("thread_id", { mode: "number" }).notNull(),
    /** The message that introduces the customer; null until it is sent. */
    cardMessageId: bigint("card_message_id", { mode: "number" }),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [uniqueIndex("support_topics_thread").on(t.chatId, t.threadId)],
);

/** Which Telegram message shows which of ours, both in the group and in private chats. */
export const telegramMessages = pgTable(
  "telegram_messages",
  {
    chatId: bigint("chat_id", { mode: "number" }).notNull(),
    telegramMessageId: bigint("telegram_message_id", { mode: "number" }).notNull(),
    messageId: bigint("message_id", { mode: "number" }).notNull(),
    conversationId: bigint("conversation_id", { mode: "number" }).notNull(),
    /** Position among the Telegram messages of one of ours: long text and albums take several. */
    part: integer("part").notNull().default(0),
    /** Whether the part's text is a caption. */
    caption: integer("caption").notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.chatId, t.telegramMessageId] }),
    index("telegram_messages_message").on(t.messageId, t.chatId, t.part),
  ],
);

/** Bot API updates, stored before they are acknowledged; worked off in order. */
export const telegramUpdates = pgTable(
  "telegram_updates",
  {
    updateId: bigint("update_id", { mode: "number" }).primaryKey(),
    payload: jsonb("payload").notNull(),
    receivedAt: instant("received_at").notNull().defaultNow(),
    processedAt: instant("processed_at"),
    /** Why it had no effect, when it had none. */
    note: text("note"),
  },
  (t) => [index("telegram_updates_open").on(t.updateId).where(sql`processed_at is null`)],
);
