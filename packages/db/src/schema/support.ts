import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
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
