import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { telegramSessions } from "./chats.ts";
import { instant } from "./columns.ts";

/** Addresses outside of Pult that are told of events. */
export const webhooks = pgTable("webhooks", {
  id: uuid("id").primaryKey().defaultRandom(),
  name: text("name").notNull(),
  url: text("url").notNull(),
  /** Types of events; null for all. */
  events: jsonb("events"),
  /** `all`, `incoming` or `outgoing`: of events that are about a message. */
  direction: text("direction").notNull(),
  isActive: boolean("is_active").notNull().default(true),
  /** Whose accounts it tells of: `agent:<person id>`, or `installation` for all. */
  owner: text("owner").notNull(),
  /** A person's id, or `key:<id>`. */
  createdBy: text("created_by").notNull(),
  /** Sealed, as is the next. */
  secret: text("secret").notNull(),
  /** Signs too until `previous_until`. */
  previousSecret: text("previous_secret"),
  previousUntil: instant("previous_until"),
  /** How far it was told of the logs: a cursor. */
  place: jsonb("place").notNull(),
  /** Since when nothing was taken; null while it works. */
  failingSince: instant("failing_since"),
  /** When its creator was told of that. */
  toldAt: instant("told_at"),
  deliveredAt: instant("delivered_at"),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
});

/** What a webhook was told, or is to be told; kept for a time, so that it can be told again. */
export const webhookDeliveries = pgTable(
  "webhook_deliveries",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    webhookId: uuid("webhook_id")
      .notNull()
      .references(() => webhooks.id, { onDelete: "cascade" }),
    /** Of the event; the same over retries and replays. */
    eventId: text("event_id").notNull(),
    type: text("type").notNull(),
    /** Copies of what an account was told go with it. */
    accountId: uuid("account_id").references(() => telegramSessions.id, { onDelete: "cascade" }),
    /** `{ at, payload }` */
    event: jsonb("event").notNull(),
    /** `pending`, `done` or `failed`. */
    state: text("state").notNull(),
    attempts: integer("attempts").notNull().default(0),
    statusCode: integer("status_code"),
    /** How long the last attempt took. */
    ms: integer("ms"),
    /** Why the last attempt failed: words, and a key with its params for clients. */
    error: text("error"),
    problem: text("problem"),
    params: jsonb("params"),
    /** When it was put into the queue, which is when its retries began. */
    queuedAt: instant("queued_at").notNull(),
    attemptedAt: instant("attempted_at"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("webhook_deliveries_event").on(t.webhookId, t.eventId),
    index("webhook_deliveries_newest").on(t.webhookId, t.id),
    index("webhook_deliveries_open").on(t.webhookId).where(sql`state = 'pending'`),
    index("webhook_deliveries_account").on(t.accountId),
    index("webhook_deliveries_age").on(t.createdAt),
  ],
);

/** What Pult does by itself when something happens in chats. */
export const automations = pgTable("automations", {
  id: uuid("id").primaryKey().defaultRandom(),
  name: text("name").notNull(),
  isActive: boolean("is_active").notNull(),
  /** As whom it acts: `agent:<person id>`, or `installation`. */
  owner: text("owner").notNull(),
  /** A person's id, or `key:<id>`. */
  createdBy: text("created_by").notNull(),
  trigger: jsonb("trigger").notNull(),
  conditions: jsonb("conditions").notNull(),
  actions: jsonb("actions").notNull(),
  /** How far it has read the logs: a cursor. */
  place: jsonb("place").notNull(),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
});

/** Events that an automation answered to, each once. */
export const automationRuns = pgTable(
  "automation_runs",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    automationId: uuid("automation_id")
      .notNull()
      .references(() => automations.id, { onDelete: "cascade" }),
    eventId: text("event_id").notNull(),
    type: text("type").notNull(),
    /** What an account was told goes with it. */
    accountId: uuid("account_id").references(() => telegramSessions.id, { onDelete: "cascade" }),
    chatId: text("chat_id"),
    chatTitle: text("chat_title"),
    /** `pending`, `done`, `failed`; `skipped` when a condition did not hold, `limited` when the chat had too many, `missed` for a log that did not reach back. */
    state: text("state").notNull(),
    /** `{ at, payload }` */
    event: jsonb("event").notNull(),
    /** `[{ type, holds }]` */
    conditions: jsonb("conditions").notNull(),
    /** `[{ type, state, error, errorKey }]` */
    actions: jsonb("actions").notNull(),
    createdAt: instant("created_at").notNull(),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    uniqueIndex("automation_runs_event").on(t.automationId, t.eventId),
    index("automation_runs_newest").on(t.automationId, t.id),
    index("automation_runs_chat").on(t.accountId, t.chatId, t.createdAt),
    index("automation_runs_age").on(t.createdAt),
  ],
);

/** Messages that wait for an answer: the first of each chat. */
export const automationWaits = pgTable(
  "automation_waits",
  {
    automationId: uuid("automation_id")
      .notNull()
      .references(() => automations.id, { onDelete: "cascade" }),
    accountId: uuid("account_id")
      .notNull()
      .references(() => telegramSessions.id, { onDelete: "cascade" }),
    chatId: text("chat_id").notNull(),
    /** Telegram's id of the message. */
    telegramId: text("telegram_id").notNull(),
    event: jsonb("event").notNull(),
    dueAt: instant("due_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.automationId, t.accountId, t.chatId] }),
    index("automation_waits_due").on(t.dueAt),
    index("automation_waits_account").on(t.accountId),
  ],
);
