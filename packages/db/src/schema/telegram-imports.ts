import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { telegramStores } from "./chats.ts";
import { instant } from "./columns.ts";

/** Exports of Telegram Desktop that were read into an account's store. */
export const telegramImports = pgTable(
  "telegram_imports",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    /** As of stores. */
    owner: text("owner").notNull(),
    storeId: uuid("store_id").references(() => telegramStores.id, { onDelete: "set null" }),
    fileName: text("file_name"),
    /** In the media store, until it was read. */
    fileKey: text("file_key"),
    /** `checking`, `checked`, `importing`, `done`, `failed` or `undone`. */
    status: text("status").notNull(),
    /** What the file holds; null until it was checked. */
    report: jsonb("report"),
    /** The Telegram user whose export it is. */
    selfId: bigint("self_id", { mode: "number" }),
    /** Messages that were read. */
    progress: integer("progress").notNull().default(0),
    /** Why it failed: `broken` or `empty`. */
    failure: text("failure"),
    createdBy: text("created_by").notNull(),
    createdAt: instant("created_at").notNull(),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    index("telegram_imports_owner").on(t.owner, t.createdAt),
    index("telegram_imports_open").on(t.id).where(sql`status in ('checking', 'importing')`),
  ],
);
