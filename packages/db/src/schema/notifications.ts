import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  jsonb,
  numeric,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

const id = () => bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity();

/** Signed webhooks as they came, stored before they are acknowledged; gone once their events are stored. */
export const instagramWebhooks = pgTable(
  "instagram_webhooks",
  {
    id: id(),
    body: text("body").notNull(),
    receivedAt: instant("received_at").notNull().defaultNow(),
    /** Why it could not be read; such a webhook is kept and never tried again by itself. */
    failure: text("failure"),
  },
  (t) => [index("instagram_webhooks_open").on(t.id).where(sql`failure is null`)],
);

/** What happened on Instagram, each event once however often it was delivered. */
export const instagramEvents = pgTable(
  "instagram_events",
  {
    id: id(),
    /** The Instagram account that it happened to. */
    accountId: text("account_id").notNull(),
    /** `comments`, `messages`, …; Meta's own word for a field that Pult does not know. */
    kind: text("kind").notNull(),
    /** Meta's id of it: with account and kind what makes it the same event. */
    key: text("key").notNull(),
    senderId: text("sender_id"),
    /** As it is delivered. */
    event: jsonb("event").notNull(),
    /** As Meta sent it. */
    source: jsonb("source").notNull(),
    occurredAt: instant("occurred_at").notNull(),
    receivedAt: instant("received_at").notNull(),
  },
  (t) => [
    uniqueIndex("instagram_events_identity").on(t.accountId, t.kind, t.key),
    index("instagram_events_sender").on(t.senderId),
    index("instagram_events_received").on(t.receivedAt),
    index("instagram_events_kind").on(t.kind, t.id),
    index("instagram_events_account").on(t.accountId, t.id),
  ],
);

/** Alerts of live opportunities, open until they are settled. */
export const liveAlerts = pgTable(
  "live_alerts",
  {
    id: id(),
    /** What the publisher calls it, such as `halftime-ghost`. */
    type: text("type").notNull(),
    name: text("name").notNull(),
    marketId: text("market_id").notNull(),
    /** 0 to 1. */
    confidence: doublePrecision("confidence").notNull(),
    /** Expected value in percent. */
    ev: doublePrecision("ev").notNull(),
    sport: text("sport").notNull(),
    stake: numeric("stake"),
    expiresAt: instant("expires_at").notNull(),
    publishedAt: instant("published_at").notNull(),
    /** The agent or key that published it. */
    publishedBy: text("published_by").notNull(),
    /** Null until it is settled. */
    profit: numeric("profit"),
    settledAt: instant("settled_at"),
  },
  (t) => [
    index("live_alerts_published").on(t.publishedAt),
    index("live_alerts_settled").on(t.settledAt),
    index("live_alerts_open").on(t.expiresAt).where(sql`settled_at is null`),
  ],
);

/** A text for one or more chats of the bot. */
export const broadcasts = pgTable(
  "broadcasts",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    /** Made by the caller, so that a repeat is recognised. */
    clientId: text("client_id"),
    /** SHA-256 of what was asked for, so that a repeat with other content is refused. */
    contentHash: text("content_hash").notNull(),
    /** `broadcast`, or `pin` for one that only pins a message that is there. */
    kind: text("kind").notNull(),
    text: text("text").notNull(),
    /** `agent:<id>`, `key:<id>`, `telegram:<id>`: whose client ids they are. */
    actorKey: text("actor_key").notNull(),
    /** Its name, for people. */
    createdBy: text("created_by").notNull(),
    createdAt: instant("created_at").notNull(),
    /** Nothing is sent before. */
    startsAt: instant("starts_at").notNull(),
    /** `active`, `paused` or `cancelled`. */
    state: text("state").notNull().default("active"),
    /** Whether what this bot pinned before in the same place is unpinned. */
    unpinPrevious: boolean("unpin_previous").notNull(),
  },
  (t) => [
    uniqueIndex("broadcasts_client_id").on(t.actorKey, t.clientId).where(sql`client_id is not null`),
    index("broadcasts_created").on(t.createdAt, t.id),
  ],
);

/** A chat or topic that a broadcast goes to, and how far it has come there. */
export const broadcastTargets = pgTable(
  "broadcast_targets",
  {
    id: id(),
    broadcastId: uuid("broadcast_id")
      .notNull()
      .references(() => broadcasts.id),
    chatId: bigint("chat_id", { mode: "number" }).notNull(),
    threadId: bigint("thread_id", { mode: "number" }),
    /** Whether the message is pinned once it is there. */
    pin: boolean("pin").notNull(),
    /** The message to pin, or the one that was sent. */
    telegramMessageId: bigint("telegram_message_id", { mode: "number" }),
    /** `pending`, `sent`, `pinned`, `failed`, `unknown` or `cancelled`. */
    state: text("state").notNull().default("pending"),
    /** Why it waits, failed or is not pinned, in Telegram's words. */
    reason: text("reason"),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    index("broadcast_targets_broadcast").on(t.broadcastId, t.id),
    index("broadcast_targets_pinned").on(t.chatId, t.threadId, t.id).where(sql`state = 'pinned'`),
  ],
);
