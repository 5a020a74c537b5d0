import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, smallint, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** What is owed to the outside world, and what became of it. Items of one queue leave by (priority, id), one call at a time. */
export const outbox = pgTable(
  "outbox",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    queue: text("queue").notNull(),
    /** Which handler delivers it. */
    kind: text("kind").notNull(),
    /** The node that holds this lease delivers it. Empty until a node that knows the handler assigns it. */
    lease: text("lease").notNull().default(""),
    /** 0 reply, 1 normal, 2 bulk. */
    priority: smallint("priority").notNull(),
    dueAt: instant("due_at").notNull(),
    payload: jsonb("payload").notNull(),
    /** What it is about: `<slice>.<thing>:<id>`. */
    subject: text("subject").notNull(),
    /** A newer item of the queue with the same key replaces one that was never tried. */
    replaces: text("replaces"),
    /** Whom it is for, where that is a person Pult knows. */
    personId: uuid("person_id"),
    /** The way it goes: `group`, `telegram`, `push`… */
    route: text("route").notNull(),
    /** `pending`, `done`, `skipped`, `failed`, `unknown` or `parked`. */
    state: text("state").notNull().default("pending"),
    attempts: integer("attempts").notNull().default(0),
    /** Milliseconds it has waited for its own sake, so that a queue is not held up for ever. */
    waitedMs: bigint("waited_ms", { mode: "number" }).notNull().default(0),
    /** Why it waits, failed or was skipped. */
    reason: text("reason"),
    /** The same as a key for clients, where Pult decided it, with `params`. */
    problem: text("problem"),
    params: jsonb("params"),
    createdAt: instant("created_at").notNull().defaultNow(),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    index("outbox_due").on(t.lease, t.queue, t.priority, t.id).where(sql`state = 'pending'`),
    index("outbox_subject").on(t.subject),
    index("outbox_told").on(t.personId, t.id).where(sql`route in ('push', 'bot')`),
    index("outbox_left").on(t.personId, t.finishedAt).where(sql`state = 'skipped' and route in ('push', 'bot')`),
    index("outbox_done").on(t.finishedAt).where(sql`state = 'done'`),
  ],
);

/** Destinations that asked for a pause (`retry_after`); kept, because it outlives a process. */
export const outboxPauses = pgTable("outbox_pauses", {
  bucket: text("bucket").primaryKey(),
  until: instant("until").notNull(),
});
