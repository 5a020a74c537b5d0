import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { person } from "./auth.ts";
import { instant } from "./columns.ts";

/** What a person is told of. Events with the same key are counted in one row while it is unread. */
export const notices = pgTable(
  "notices",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    personId: person("person_id"),
    /** As whom the person is told: `staff` or `customer`. */
    reader: text("reader").notNull(),
    /** `<slice>.<event>` */
    kind: text("kind").notNull(),
    key: text("key").notNull(),
    /** The newest of its events, so that a repeat of it is recognised. */
    event: text("event").notNull(),
    /** `<slice>.<thing>:<id>`, by which it is deleted with what it tells of. */
    about: text("about"),
    /** `normal` or `critical`. */
    severity: text("severity").notNull(),
    data: jsonb("data").notNull(),
    count: integer("count").notNull().default(1),
    /** When the newest of its events happened. */
    at: instant("at").notNull(),
    /** False for one that the person wants as a push alone: it is in no list. */
    inApp: boolean("in_app").notNull(),
    readAt: instant("read_at"),
    archivedAt: instant("archived_at"),
    snoozedUntil: instant("snoozed_until"),
    /** Nothing tells of it afterwards. */
    expiresAt: instant("expires_at"),
  },
  (t) => [
    uniqueIndex("notices_unread")
      .on(t.personId, t.reader, t.key)
      .where(sql`read_at is null and archived_at is null and snoozed_until is null`),
    index("notices_list").on(t.personId, t.at, t.id),
    index("notices_key").on(t.key, t.personId),
    index("notices_about").on(t.about),
    index("notices_snoozed").on(t.snoozedUntil).where(sql`snoozed_until is not null`),
    index("notices_expiring").on(t.expiresAt).where(sql`read_at is null and expires_at is not null`),
  ],
);

/** How a person wants to be told. A person without a row has the defaults. */
export const noticePreferences = pgTable("notice_preferences", {
  personId: person("person_id").primaryKey(),
  /** By kind: what differs from its defaults. */
  kinds: jsonb("kinds").notNull().default(sql`'{}'::jsonb`),
  /** IANA name. */
  timeZone: text("time_zone").notNull().default("UTC"),
  /** `22:00`; null with `quietTo` for no quiet hours. */
  quietFrom: text("quiet_from"),
  quietTo: text("quiet_to"),
  batchSeconds: integer("batch_seconds").notNull().default(60),
  maxPerHour: integer("max_per_hour").notNull().default(60),
  sound: boolean("sound").notNull().default(false),
});
