import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { people, person } from "./auth.ts";
import { instant } from "./columns.ts";

const id = () => bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity();

/** One customer of one channel: (channel, external id) is unique. */
export const conversations = pgTable(
  "conversations",
  {
    id: id(),
    channel: text("channel").notNull(),
    externalId: text("external_id").notNull(),
    personId: person("person_id"),
    customerName: text("customer_name").notNull(),
    customerUsername: text("customer_username"),
    languageCode: text("language_code"),
    status: text("status").notNull().default("open"),
    snoozedUntil: instant("snoozed_until"),
    assigneeId: uuid("assignee_id").references(() => people.id),
    /** When the customer wrote what no agent has answered yet; null once it is answered. */
    waitingSince: instant("waiting_since"),
    /** When agents were told that it waits for too long; null again once it is answered. */
    waitingNoticedAt: instant("waiting_noticed_at"),
    lastMessageId: bigint("last_message_id", { mode: "number" }),
    lastMessageKind: text("last_message_kind"),
    /** First 200 characters. */
    lastMessageText: text("last_message_text"),
    lastMessagePhotos: integer("last_message_photos").notNull().default(0),
    lastMessageAuthor: text("last_message_author"),
    /** What the message shows beside text and photos, its first: the kind, a space, and what tells it from others. */
    lastMessageAttachment: text("last_message_attachment"),
    /** To the millisecond, as cursors name it. */
    lastActivityAt: timestamp("last_activity_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    unreadCount: integer("unread_count").notNull().default(0),
    agentReadId: bigint("agent_read_id", { mode: "number" }).notNull().default(0),
    customerReadId: bigint("customer_read_id", { mode: "number" }).notNull().default(0),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** What the customer came with: the payload of a link to the bot. */
    origin: text("origin"),
    /** Since when the customer blocks the bot. */
    blockedAt: instant("blocked_at"),
    /** The Telegram Business account whose chat this is: answers go in its name. */
    businessConnectionId: text("business_connection_id"),
    /** Until when the channel lets agents answer, and what opened that; null where it does not limit them, or never opened. */
    replyWindow: jsonb("reply_window"),
  },
  (t) => [
    uniqueIndex("conversations_customer").on(t.channel, t.externalId),
    // Each view of the inbox has an index in its order.
    index("conversations_active").on(t.lastActivityAt, t.id).where(sql`status in ('open', 'pending')`),
    index("conversations_assignee")
      .on(t.assigneeId, t.lastActivityAt, t.id)
      .where(sql`status in ('open', 'pending') and assignee_id is not null`),
    index("conversations_unassigned")
      .on(t.lastActivityAt, t.id)
      .where(sql`status in ('open', 'pending') and assignee_id is null`),
    index("conversations_put_away").on(t.status, t.lastActivityAt, t.id).where(sql`status in ('snoozed', 'resolved')`),
    index("conversations_person").on(t.personId),
    index("conversations_waiting")
      .on(t.waitingSince)
      .where(sql`waiting_since is not null and waiting_noticed_at is null and assignee_id is null and status = 'open'`),
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
    /** What stands beside text and photos: entities, attachments, where it was forwarded from. Null for none. */
    content: jsonb("content"),
    createdAt: instant("created_at").notNull().defaultNow(),
    editedAt: instant("edited_at"),
    /** When its sender took it back; its text and photos are gone then. */
    deletedAt: instant("deleted_at"),
  },
  (t) => [
    index("messages_history").on(t.conversationId, t.id),
    uniqueIndex("messages_client_id").on(t.conversationId, t.clientId).where(sql`client_id is not null`),
  ],
);

/** Calls that send a message to Instagram: begun before the call, so that none is made twice after a crash. */
export const instagramSends = pgTable(
  "instagram_sends",
  {
    outboxId: bigint("outbox_id", { mode: "number" }).primaryKey(),
    messageId: bigint("message_id", { mode: "number" }).notNull(),
    startedAt: instant("started_at").notNull(),
    /** `begun`, `unknown` once its answer was lost, `sent`. */
    state: text("state").notNull().default("begun"),
    /** Instagram's id of what was sent. */
    mid: text("mid"),
  },
  (t) => [
    index("instagram_sends_message").on(t.messageId),
    uniqueIndex("instagram_sends_mid").on(t.mid),
    index("instagram_sends_open").on(t.outboxId).where(sql`state <> 'sent'`),
  ],
);
