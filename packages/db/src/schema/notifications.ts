import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
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
    /** Whom it tells of: the sender, or the recipient of what the account wrote itself. */
    senderId: text("sender_id"),
    /** As it is delivered. */
    event: jsonb("event").notNull(),
    /** As Meta sent it. */
    source: jsonb("source").notNull(),
    occurredAt: instant("occurred_at").notNull(),
    receivedAt: instant("received_at").notNull(),
    /** When the desk is to be given it; null for what is none of the desk's, or done. */
    deskDueAt: instant("desk_due_at"),
    deskAttempts: integer("desk_attempts").notNull().default(0),
    /** Why it had no effect on the desk, when it had none. */
    deskNote: text("desk_note"),
  },
  (t) => [
    index("instagram_events_desk").on(t.id).where(sql`desk_due_at is not null`),
    index("instagram_events_put_aside").on(t.id).where(sql`desk_note like 'put aside:%'`),
    uniqueIndex("instagram_events_identity").on(t.accountId, t.kind, t.key),
    index("instagram_events_sender").on(t.senderId),
    index("instagram_events_received").on(t.receivedAt),
    index("instagram_events_kind").on(t.kind, t.id),
    index("instagram_events_account").on(t.accountId, t.id),
  ],
);

/** Answers to comments, below them or in private, and what became of each. */
export const instagramReplies = pgTable(
  "instagram_replies",
  {
    id: id(),
    eventId: bigint("event_id", { mode: "number" })
      .notNull()
      .references(() => instagramEvents.id, { onDelete: "cascade" }),
    commentId: text("comment_id").notNull(),
    /** `public` or `private`. */
    mode: text("mode").notNull(),
    text: text("text").notNull(),
    /** Made by the caller, so that a repeat is recognised. */
    clientId: text("client_id"),
    /** The agent or key that wrote it, for people. */
    createdBy: text("created_by").notNull(),
    createdAt: instant("created_at").notNull(),
    /** `pending`, `sending` while the call is under way, `sent`, `failed` or `unknown`. */
    state: text("state").notNull().default("pending"),
    /** Why it waits or failed, in Meta's words. */
    reason: text("reason"),
    /** Meta's id of the answer. */
    resultId: text("result_id"),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    uniqueIndex("instagram_replies_client_id").on(t.eventId, t.clientId).where(sql`client_id is not null`),
    // Meta takes one private answer to a comment.
    uniqueIndex("instagram_replies_private").on(t.eventId).where(sql`mode = 'private' and state <> 'failed'`),
    index("instagram_replies_event").on(t.eventId, t.id),
  ],
);

/** Accounts that events tell of. */
export const instagramAccounts = pgTable("instagram_accounts", {
  /** Meta's, as webhooks name it. */
  id: text("id").primaryKey(),
  username: text("username"),
  /** Events of an account that is off are kept, and neither announced nor given to the desk. */
  enabled: boolean("enabled").notNull().default(true),
  /** Hours without an event, after its first one, after which the account counts as silent; null for never. */
  silenceAlarmHours: integer("silence_alarm_hours").default(24),
  /** Since when it counts as silent. */
  silentSince: instant("silent_since"),
  /** When its newest event was received. */
  lastEventAt: instant("last_event_at"),
  /** Events ever stored, by kind. */
  totals: jsonb("totals").notNull().default({}),
  createdAt: instant("created_at").notNull(),
});

/** What is known of the access token, and of the account that it belongs to; one row. */
export const instagramConnection = pgTable("instagram_connection", {
  /** `current` */
  id: text("id").primaryKey(),
  accountId: text("account_id"),
  /** Sealed; null until the first refresh. */
  token: text("token"),
  /** SHA-256 of the token in the environment that it was refreshed from: another one there takes its place. */
  source: text("source").notNull(),
  expiresAt: instant("expires_at"),
  refreshedAt: instant("refreshed_at"),
  /** Why Meta refuses the token; null while it accepts it. */
  failure: text("failure"),
  failedAt: instant("failed_at"),
  /** When people were told that it ends soon. */
  endingNoticedAt: instant("ending_noticed_at"),
  /** Fields of which Meta sends webhooks, and when that was asked. */
  fields: jsonb("fields"),
  checkedAt: instant("checked_at"),
  /** Why the last check or refresh failed. */
  checkFailure: text("check_failure"),
  /** When what was missed was last looked for, how much was found, and why that failed. */
  reconciledAt: instant("reconciled_at"),
  reconciledCount: integer("reconciled_count"),
  reconcileFailure: text("reconcile_failure"),
  /** Everything before it has been looked for. */
  caughtUpAt: instant("caught_up_at"),
});

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
    /** Why it paused by itself, in Telegram's words. */
    pauseReason: text("pause_reason"),
    /** `topics` of the live group, or `customers` who subscribed. */
    recipients: text("recipients").notNull().default("topics"),
    /** Only customers with this language; null for all. */
    languageCode: text("language_code"),
    /** Whether Telegram may charge Stars for going faster. */
    paid: boolean("paid").notNull().default(false),
    /** Customers by the state of their delivery, as last counted; null for topics, which are few and read whole. */
    counts: jsonb("counts").$type<Record<string, number>>(),
    /** Whether what this bot pinned before in the same place is unpinned. */
    unpinPrevious: boolean("unpin_previous").notNull(),
  },
  (t) => [
    uniqueIndex("broadcasts_client_id").on(t.actorKey, t.clientId).where(sql`client_id is not null`),
    index("broadcasts_created").on(t.createdAt, t.id),
    index("broadcasts_unfinished").on(t.id).where(sql`(counts->>'pending')::int > 0`),
  ],
);

/** A topic or a customer's chat that a broadcast goes to, and how far it has come there. */
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
    /** Of the customer, for the line that says how to unsubscribe; null for topics. */
    languageCode: text("language_code"),
    /** When the call that sends it began; null again once Telegram has refused it for now. Set on a restart: it may have arrived. */
    calledAt: instant("called_at"),
    /** `pending`, `sent`, `pinned`, `failed`, `unknown`, `skipped` or `cancelled`. */
    state: text("state").notNull().default("pending"),
    /** Why it waits, failed, was skipped or is not pinned; of Telegram in its words. */
    reason: text("reason"),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    index("broadcast_targets_broadcast").on(t.broadcastId, t.id),
    index("broadcast_targets_pinned").on(t.chatId, t.threadId, t.id).where(sql`state = 'pinned'`),
    index("broadcast_targets_pending").on(t.broadcastId, t.id).where(sql`state = 'pending'`),
    index("broadcast_targets_chat").on(t.chatId),
  ],
);

/** Customers of the bot and whether they agreed to broadcasts. A row stays when they unsubscribe: it says since when. */
export const broadcastSubscriptions = pgTable("broadcast_subscriptions", {
  /** The private chat with the bot; the customer's Telegram id. */
  chatId: bigint("chat_id", { mode: "number" }).primaryKey(),
  /** Primary subtag of their Telegram's language, such as `ru`; null where Telegram tells none. */
  languageCode: text("language_code"),
  /** What they agreed by: `/subscribe`, or `/start news` of a link. */
  source: text("source").notNull(),
  subscribedAt: instant("subscribed_at").notNull(),
  /** Null while they are subscribed. */
  endedAt: instant("ended_at"),
  /** `stop`, or `blocked` when Telegram says that they blocked the bot. */
  endReason: text("end_reason"),
  /** The customer's last command, so that it is answered once. */
  messageId: bigint("message_id", { mode: "number" }).notNull(),
});

/** Names of the live group's topics, as Telegram told them or agents gave them. */
export const liveTopics = pgTable(
  "live_topics",
  {
    chatId: bigint("chat_id", { mode: "number" }).notNull(),
    threadId: bigint("thread_id", { mode: "number" }).notNull(),
    name: text("name").notNull(),
    isClosed: boolean("is_closed").notNull().default(false),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.chatId, t.threadId] })],
);
/** Lines that users are told: how their broadcast went, what an alert that they watch came to, announcements. */
export const toasts = pgTable(
  "toasts",
  {
    id: id(),
    /** `telegram:<id>` and the like; null for everyone. */
    reader: text("reader"),
    /** `info`, `success`, `warning` or `error`. */
    level: text("level").notNull(),
    title: text("title").notNull(),
    createdAt: instant("created_at").notNull(),
    /** The caller and an id of theirs, so that a repeat is recognised. */
    requestKey: text("request_key"),
  },
  (t) => [
    uniqueIndex("toasts_request").on(t.requestKey, sql`coalesce(reader, '')`).where(sql`request_key is not null`),
    index("toasts_reader").on(t.reader, t.id),
    index("toasts_created").on(t.createdAt),
  ],
);

/** Who asked to be told what an alert comes to. */
export const alertWatchers = pgTable(
  "alert_watchers",
  {
    alertId: bigint("alert_id", { mode: "number" })
      .notNull()
      .references(() => liveAlerts.id),
    reader: text("reader").notNull(),
  },
  (t) => [primaryKey({ columns: [t.alertId, t.reader] }), index("alert_watchers_reader").on(t.reader)],
);

/** Up to where users of the Mini App have heard, by the node that they were connected to. */
export const notificationReaders = pgTable(
  "notification_readers",
  {
    /** `telegram:<id>` and the like. */
    reader: text("reader").notNull(),
    node: text("node").notNull(),
    /** Connected and up to date: their place in the common logs is the node's. */
    isCurrent: boolean("is_current").notNull(),
    /** Places in logs, `epoch:offset`; null for the node's. */
    alerts: text("alerts"),
    announcements: text("announcements"),
    /** In the log of their own toasts; null before there was one. */
    own: text("own"),
    /** When what they missed was last handed out; until it was delivered it stays owed. */
    claimedAt: instant("claimed_at"),
    /** Of the last connection. */
    since: instant("since").notNull(),
    seenAt: instant("seen_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.reader, t.node] }),
    index("notification_readers_node").on(t.node),
    index("notification_readers_seen").on(t.seenAt),
  ],
);

/** Up to where each node has handed out the common logs, so that a node that died has written it down for its users. */
export const notificationNodes = pgTable("notification_nodes", {
  node: text("node").primaryKey(),
  alerts: text("alerts"),
  announcements: text("announcements"),
  seenAt: instant("seen_at").notNull(),
});

/** Whom an alert reached, counted together and written once a second. */
export const alertReach = pgTable("alert_reach", {
  alertId: bigint("alert_id", { mode: "number" })
    .primaryKey()
    .references(() => liveAlerts.id),
  /** Users of the Mini App who were connected when it was published. */
  connected: integer("connected").notNull().default(0),
  /** Users it was written to as it was published. */
  received: integer("received").notNull().default(0),
  /** Users who were handed it on their return. */
  receivedLater: integer("received_later").notNull().default(0),
  /** Users who opened it. */
  opened: integer("opened").notNull().default(0),
});

/** The bot's figures of each minute of the last day. */
export const statusSamples = pgTable("status_samples", {
  at: instant("at").primaryKey(),
  running: boolean("running").notNull(),
  connected: integer("connected").notNull(),
  messages: bigint("messages", { mode: "number" }).notNull(),
  alerts: integer("alerts").notNull(),
  profit: doublePrecision("profit").notNull(),
  /** How long 95 % of the messages of conversations that left in the last ten minutes took at most, in ms; null when none left. */
  deliveryMs: integer("delivery_ms"),
});
