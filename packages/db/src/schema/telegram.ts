import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** Topics of a forum group, by what each is about. A deleted topic's row is replaced. */
export const telegramTopics = pgTable(
  "telegram_topics",
  {
    /** `<slice>.<thing>:<id>` */
    subject: text("subject").primaryKey(),
    chatId: bigint("chat_id", { mode: "number" }).notNull(),
    threadId: bigint("thread_id", { mode: "number" }).notNull(),
    /** The message that introduces the subject; null until it is sent. */
    cardMessageId: bigint("card_message_id", { mode: "number" }),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** As it was named last; null for one that was made before names were kept. */
    name: text("name"),
  },
  (t) => [uniqueIndex("telegram_topics_thread").on(t.chatId, t.threadId)],
);

/** Which Telegram message shows which of ours, in groups and in private chats. */
export const telegramMessages = pgTable(
  "telegram_messages",
  {
    /** Whose private chat it is: each bot counts its own messages there. 0 in groups, where ids are the chat's. */
    botId: bigint("bot_id", { mode: "number" }).notNull().default(0),
    chatId: bigint("chat_id", { mode: "number" }).notNull(),
    telegramMessageId: bigint("telegram_message_id", { mode: "number" }).notNull(),
    /** `<slice>.<thing>:<id>` */
    subject: text("subject").notNull(),
    /** What that belongs to; the subject of its topic, where the group has topics. */
    parent: text("parent").notNull(),
    /** Position among the Telegram messages of one of ours: long text and albums take several. */
    part: integer("part").notNull().default(0),
    /** Whether the part's text is a caption. */
    caption: integer("caption").notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.botId, t.chatId, t.telegramMessageId] }),
    index("telegram_messages_subject").on(t.subject, t.chatId, t.part),
  ],
);

/** Bot API updates, stored before they are acknowledged; worked off in order. */
export const telegramUpdates = pgTable(
  "telegram_updates",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    /** Which bot it came to: each counts its own. */
    botId: bigint("bot_id", { mode: "number" }).notNull().default(0),
    /** Telegram begins anew at a random number after a quiet week. */
    updateId: bigint("update_id", { mode: "number" }).notNull(),
    /** What is worked off in order: a chat, or a topic of one. */
    place: text("place").notNull().default(""),
    payload: jsonb("payload").notNull(),
    receivedAt: instant("received_at").notNull().defaultNow(),
    processedAt: instant("processed_at"),
    /** Why it had no effect, when it had none. */
    note: text("note"),
  },
  (t) => [
    uniqueIndex("telegram_updates_update").on(t.botId, t.updateId),
    index("telegram_updates_open").on(t.updateId).where(sql`processed_at is null`),
  ],
);
