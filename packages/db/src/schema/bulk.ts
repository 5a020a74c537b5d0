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
