import { sql } from "drizzle-orm";
import { bigint, index, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { telegramStores } from "./chats.ts";
import { instant } from "./columns.ts";

/** Of people in address books that the CRM keeps in step with: whom it took over, and what Telegram is to be told of them. */
export const telegramAddressBook = pgTable(
  "telegram_address_book",
  {
    storeId: uuid("store_id")
      .notNull()
      .references(() => telegramStores.id, { onDelete: "cascade" }),
    /** A Telegram user. */
    userId: bigint("user_id", { mode: "number" }).notNull(),
    /** When the CRM took them over: a contact that was deleted since does not come back. */
    takenAt: instant("taken_at"),
    /** What Telegram is to be told: `save` or `remove`; null once it was, or refused. */
    change: text("change"),
    /** Of `save`: what they are to be called there. */
    firstName: text("first_name"),
    lastName: text("last_name"),
    /** Counts requests: what became of an older one settles nothing. */
    revision: integer("revision").notNull().default(0),
    /** Telegram's own name of why it refused the last. */
    failedBy: text("failed_by"),
    /** As sends name who sent them. */
    requestedBy: text("requested_by"),
    requestedAt: instant("requested_at"),
  },
  (t) => [
    primaryKey({ columns: [t.storeId, t.userId] }),
    index("telegram_address_book_requested_by").on(t.requestedBy).where(sql`requested_by is not null`),
  ],
);
