import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { telegramStores } from "./chats.ts";
import { instant } from "./columns.ts";

const storeId = () =>
  uuid("store_id")
    .notNull()
    .references(() => telegramStores.id, { onDelete: "cascade" });

/** That people agreed to get messages which they did not ask for, from one account; the live one of a chat is the one that has not ended. */
export const telegramAgreements = pgTable(
  "telegram_agreements",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    storeId: storeId(),
    /** A private chat. */
    chatId: bigint("chat_id", { mode: "number" }).notNull(),
    /** `word`: their own message says so; `hand`: an agent recorded it. */
    how: text("how").notNull(),
    /** Of `word`: the agreed word, and the message that was it. */
    word: text("word"),
    messageId: bigint("message_id", { mode: "number" }),
    /** Of `hand`: how it is known, and who recorded it: a person's id or `key:<id>`, with their name. */
    reason: text("reason"),
    recordedBy: text("recorded_by"),
    recordedByName: text("recorded_by_name"),
    agreedAt: instant("agreed_at").notNull(),
    endedAt: instant("ended_at"),
    /** `stop`: they wrote so; `hand`: an agent ended it. */
    endedBy: text("ended_by"),
  },
  (t) => [
    uniqueIndex("telegram_agreements_live").on(t.storeId, t.chatId).where(sql`ended_at is null`),
    index("telegram_agreements_chat").on(t.storeId, t.chatId, t.agreedAt),
  ],
);

/** How an account may send to many; without a row as `BULK_DEFAULTS` says. */
export const telegramBulkSettings = pgTable("telegram_bulk_settings", {
  storeId: storeId().primaryKey(),
  /** Messages in any 24 hours at most. */
  dailyLimit: integer("daily_limit").notNull(),
  /** Seconds between two of them at least. */
  gapSeconds: integer("gap_seconds").notNull(),
  /** `09:00`: when recipients may be written to, by their own clocks, or by those of `time_zone` where theirs is not known. */
  windowFrom: text("window_from").notNull(),
  windowTo: text("window_to").notNull(),
  timeZone: text("time_zone").notNull(),
  /** Messages by which people agree, in lower case. */
  words: jsonb("words").notNull(),
  updatedAt: instant("updated_at").notNull(),
});

/** Messages to many. */
export const telegramBulks = pgTable(
  "telegram_bulks",
  {
    /** Chosen by who made it. */
    id: uuid("id").primaryKey(),
    storeId: storeId(),
    name: text("name").notNull(),
    /** With variables. */
    text: text("text").notNull(),
    entities: jsonb("entities").notNull(),
    /** `{ contactIds }` or `{ matching }`. */
    source: jsonb("source").notNull(),
    /** `draft`, `waiting`, `running`, `paused`, `cancelled` or `done`. */
    state: text("state").notNull(),
    pauseReason: text("pause_reason"),
    version: integer("version").notNull(),
    /** Who wrote its text or chose its recipients: they do not approve it. */
    authors: jsonb("authors").notNull(),
    authorName: text("author_name").notNull(),
    approvedBy: text("approved_by"),
    approvedByName: text("approved_by_name"),
    approvedAt: instant("approved_at"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    index("telegram_bulks_store").on(t.storeId, t.createdAt),
    index("telegram_bulks_running").on(t.storeId, t.approvedAt).where(sql`state = 'running'`),
  ],
);

/** Whom a message to many goes to, and those who are left out. */
export const telegramBulkRecipients = pgTable(
  "telegram_bulk_recipients",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    bulkId: uuid("bulk_id")
      .notNull()
      .references(() => telegramBulks.id, { onDelete: "cascade" }),
    storeId: storeId(),
    contactId: uuid("contact_id").notNull(),
    chatId: bigint("chat_id", { mode: "number" }),
    name: text("name").notNull(),
    text: text("text").notNull(),
    entities: jsonb("entities").notNull(),
    timeZone: text("time_zone").notNull(),
    /** `queued`, `sending`, `sent`, `failed`, `skipped` or `unknown`. */
    state: text("state").notNull(),
    reason: text("reason"),
    /** Its row of `telegram_sends`, from the moment at which the call begins. */
    sendId: bigint("send_id", { mode: "number" }),
    /** When the call began; null when it turned out that nothing was sent. */
    calledAt: instant("called_at"),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    uniqueIndex("telegram_bulk_recipients_contact").on(t.bulkId, t.contactId),
    uniqueIndex("telegram_bulk_recipients_chat")
      .on(t.bulkId, t.chatId)
      .where(sql`chat_id is not null and state <> 'skipped'`),
    index("telegram_bulk_recipients_open").on(t.storeId, t.bulkId, t.id).where(sql`state in ('queued', 'sending')`),
    index("telegram_bulk_recipients_called").on(t.storeId, t.calledAt).where(sql`called_at is not null`),
    index("telegram_bulk_recipients_chat_of").on(t.chatId),
  ],
);
