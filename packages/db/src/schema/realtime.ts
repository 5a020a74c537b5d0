import { bigint, index, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/**
 * One row per log topic: its epoch and the offset of its newest event. The row is locked by the transaction that appends, so offsets
 * have no gaps and commit in order.
 */
export const topicHeads = pgTable("topic_heads", {
  topic: text("topic").primaryKey(),
  /** Changes when the log was lost or cut, so that an old position is recognised as such. */
  epoch: text("epoch").notNull(),
  head: bigint("head", { mode: "number" }).notNull().default(0),
});

export const topicEvents = pgTable(
  "topic_events",
  {
    topic: text("topic").notNull(),
    offset: bigint("offset", { mode: "number" }).notNull(),
    payload: jsonb("payload").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.topic, t.offset] }), index("topic_events_age").on(t.createdAt)],
);

/** Small facts of the installation that outlive a process: the group's newest chat id, the bot's update offset. */
export const settings = pgTable("settings", {
  key: text("key").primaryKey(),
  value: jsonb("value").notNull(),
});
