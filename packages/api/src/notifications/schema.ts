import { z } from "zod";
import { isStorable } from "../storable.ts";

/** What programs can subscribe to, in the words of the notification protocol. */
export const EVENT_TYPES = [
  "comments",
  "messages",
  "mentions",
  "live_comments",
  "message_reactions",
  "messaging_seen",
  "story_mentions",
] as const;
export const eventType = z.enum(EVENT_TYPES);
export type EventType = z.infer<typeof eventType>;

/** Something that happened on Instagram, as the notification protocol writes it. */
export const instagramEvent = z.object({
  /** Meta's id: of the message (`mid`), the comment, the media. */
  id: z.string(),
  /** One of `EVENT_TYPES`; Meta's own word for a field that Pult does not know. */
  eventType: z.string(),
  sender: z.object({ id: z.string().optional(), username: z.string().optional() }),
  /** Text of a message or comment, the emoji of a reaction; empty where there is none. */
  content: z.string(),
  timestamp: z.iso.datetime(),
  /** The Instagram account that it happened to. */
  accountId: z.string(),
  /** Sent by the account itself: never a customer's message. */
  isEcho: z.literal(true).optional(),
  /** The sender took the message back. */
  isDeleted: z.literal(true).optional(),
  /** Another app answers this thread. */
  isStandby: z.literal(true).optional(),
  /** The comment, media, story or message that it is about. */
  about: z.string().optional(),
  attachments: z.array(z.object({ type: z.string(), url: z.string().optional() })).optional(),
});
export type InstagramEvent = z.infer<typeof instagramEvent>;

const eventId = z.int().positive();
/** An event as it is stored and listed. */
export const storedEvent = z.object({ eventId, event: instagramEvent });
export type StoredEvent = z.infer<typeof storedEvent>;

/** `other`: an event of a type that was not asked for; its id keeps the reader's position. */
export const eventsEvent = z.discriminatedUnion("type", [
  storedEvent.extend({ type: z.literal("event") }),
  z.object({ type: z.literal("other") }),
]);
export type EventsEvent = z.infer<typeof eventsEvent>;

const types = z.array(eventType).min(1).max(EVENT_TYPES.length);
export const followEventsInput = z.object({
  /** Default: every event, also of fields that Pult does not know. */
  types: types.optional(),
  lastEventId: z.string().max(128).nullish(),
});
export const eventsInput = z.object({
  types: types.optional(),
  accountId: z.string().max(128).optional(),
  /** Events older than this one. */
  before: eventId.optional(),
  limit: z.int().min(1).max(200).default(50),
});
export type EventsInput = z.infer<typeof eventsInput>;
export const replayInput = z.object({ eventId });

export interface EventsPage {
  /** Newest first. */
  events: StoredEvent[];
  /** For the next page's `before`; null at the end. */
  nextBefore: number | null;
}

const decimal = z.string().regex(/^-?\d{1,12}(\.\d{1,8})?$/, "must be a decimal number such as 12.50");
const word = z.string().trim().min(1).max(200).refine(isStorable, "No NUL or half characters");

export const publishAlertInput = z.object({
  /** What kind of opportunity it is, such as `halftime-ghost`. */
  type: word,
  name: word,
  marketId: word,
  /** 0 to 1. */
  confidence: z.number().min(0).max(1),
  /** Expected value in percent. */
  ev: z.number(),
  sport: word,
  /** It is not delivered afterwards. */
  expiresAt: z.iso.datetime({ offset: true }),
  /** What was put on it, a decimal. */
  stake: decimal.optional(),
});
export type PublishAlertInput = z.infer<typeof publishAlertInput>;

const alertId = z.string().regex(/^[1-9]\d{0,15}$/, "must be the id of an alert");
export const settleAlertInput = z.object({ id: alertId, profit: decimal });
export type SettleAlertInput = z.infer<typeof settleAlertInput>;

/** An alert as everyone sees it. */
export const liveAlert = publishAlertInput
  .pick({ type: true, name: true, marketId: true, confidence: true, ev: true, sport: true })
  .extend({ id: alertId, expiresAt: z.iso.datetime(), publishedAt: z.iso.datetime() });
export type LiveAlert = z.infer<typeof liveAlert>;

/** An alert as staff sees it. */
export const staffAlert = liveAlert.extend({
  stake: z.string().nullable(),
  publishedBy: z.string(),
  /** Null until it is settled. */
  profit: z.string().nullable(),
  settledAt: z.iso.datetime().nullable(),
});
export type StaffAlert = z.infer<typeof staffAlert>;

/** `other`: a change that this reader is not shown. */
export const alertEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("published"), alert: liveAlert }),
  z.object({ type: z.literal("settled"), alert: staffAlert }),
  z.object({ type: z.literal("other") }),
]);
export type AlertEvent = z.infer<typeof alertEvent>;

export const alertsInput = z.object({
  state: z.enum(["open", "expired", "settled"]).optional(),
  before: alertId.optional(),
  limit: z.int().min(1).max(200).default(50),
});
export type AlertsInput = z.infer<typeof alertsInput>;
export interface AlertsPage {
  /** Newest first. */
  alerts: StaffAlert[];
  nextBefore: string | null;
}

/** The bot's figures, as the Mini App protocol names them. */
export const botStatus = z.object({
  /** Whether Telegram answers the bot. */
  running: z.boolean(),
  /** Seconds since the process started. */
  uptime: z.int(),
  /** Distinct users who are connected, on all nodes. */
  activeUsers: z.int(),
  /** Messages that the bot has sent, ever. */
  messagesProcessed: z.int(),
  /** Live alerts that were published today, in UTC. */
  alertsSent: z.int(),
  /** Profit of the alerts that were settled since the process started. */
  sessionPnL: z.number(),
  /** Alerts that were settled since the process started. */
  sessionTrades: z.int(),
  /** Unix ms at which the last of them was settled. */
  lastTrade: z.int().nullable(),
});
export type BotStatus = z.infer<typeof botStatus>;

/** Longest text that Telegram takes as one message, in UTF-16 units. */
export const MAX_BROADCAST_LENGTH = 4_096;
const threadId = z.int().positive();
const clientId = z.string().min(1).max(128).refine(isStorable, "No NUL or half characters");
export const broadcastInput = z.object({
  text: z.string().trim().min(1).max(MAX_BROADCAST_LENGTH),
  /** Topics of the live group. Default: the live topic. */
  threadIds: z.array(threadId).min(1).max(100).optional(),
  pin: z.boolean().default(true),
  /** Whether what was pinned before in the same topics is unpinned. */
  unpinPrevious: z.boolean().default(false),
  /** Default: at once. */
  startsAt: z.iso.datetime({ offset: true }).optional(),
  /** A repeat with the same id has no effect. */
  clientId: clientId.optional(),
});
export type BroadcastInput = z.infer<typeof broadcastInput>;
export const pinInput = z.object({
  messageId: z.int().positive(),
  threadId: threadId.optional(),
  clientId: clientId.optional(),
});
export type PinInput = z.infer<typeof pinInput>;

export const TARGET_STATES = ["pending", "sent", "pinned", "failed", "unknown", "cancelled"] as const;
export const broadcastTarget = z.object({
  id: z.int().positive(),
  chatId: z.int(),
  threadId: threadId.nullable(),
  state: z.enum(TARGET_STATES),
  /** Why it waits, failed or is not pinned, in Telegram's words. */
  reason: z.string().nullable(),
  messageId: z.int().nullable(),
  /** Null while there is something left to do. */
  finishedAt: z.iso.datetime().nullable(),
});
export type BroadcastTarget = z.infer<typeof broadcastTarget>;

export const broadcast = z.object({
  id: z.uuid(),
  /** `pin` only pins a message that is there. */
  kind: z.enum(["broadcast", "pin"]),
  text: z.string(),
  state: z.enum(["active", "paused", "cancelled"]),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  startsAt: z.iso.datetime(),
  targets: z.array(broadcastTarget),
});
export type Broadcast = z.infer<typeof broadcast>;
export const broadcastRef = z.object({ id: z.uuid() });
export const broadcastsInput = z.object({
  /** Id of the last one of the page before. */
  before: z.uuid().optional(),
  limit: z.int().min(1).max(100).default(20),
});
export type BroadcastsInput = z.infer<typeof broadcastsInput>;

export const broadcastEvent = z.object({ type: z.literal("changed"), broadcast });
export type BroadcastEvent = z.infer<typeof broadcastEvent>;

export const followInput = z.object({ lastEventId: z.string().max(128).nullish() });
