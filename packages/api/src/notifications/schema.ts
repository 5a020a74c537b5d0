import { z } from "zod";
import { instant } from "../instant.ts";
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

export const REPLY_MODES = ["public", "private"] as const;
export const replyMode = z.enum(REPLY_MODES);
/** An answer to a comment: below it, or as a message to its author. */
export const commentReply = z.object({
  id: z.int().positive(),
  mode: replyMode,
  text: z.string(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  /** `unknown`: the answer of Instagram was lost; it may be there. */
  state: z.enum(["pending", "sent", "failed", "unknown"]),
  /** Why it waits or failed, in Instagram's words. */
  reason: z.string().nullable(),
});
export type CommentReply = z.infer<typeof commentReply>;

/** An event as it is stored and listed. */
export const storedEvent = z.object({
  eventId,
  event: instagramEvent,
  /** Of a comment that was answered from here, oldest first. */
  replies: z.array(commentReply).optional(),
});
export type StoredEvent = z.infer<typeof storedEvent>;

/** `other`: an event of a type that was not asked for; its id keeps the reader's position. */
export const eventsEvent = z.discriminatedUnion("type", [
  storedEvent.omit({ replies: true }).extend({ type: z.literal("event") }),
  /** An answer to a comment was written, or has come further. */
  z.object({ type: z.literal("replied"), eventId, replies: z.array(commentReply) }),
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
/** One stored event, or everything that was put aside. */
export const replayInput = z.union([z.strictObject({ eventId }), z.strictObject({ putAside: z.literal(true) })]);
export type ReplayInput = z.infer<typeof replayInput>;

/** Longest comment, in UTF-16 units; a private answer has at most 1,000 bytes of UTF-8. */
export const MAX_COMMENT_LENGTH = 2_200;
export const replyToCommentInput = z.object({
  eventId,
  mode: replyMode,
  text: z.string().trim().min(1).max(MAX_COMMENT_LENGTH),
  /** A repeat with the same id has no effect. */
  clientId: z.string().min(1).max(128).refine(isStorable, "No NUL or half characters").optional(),
});
export type ReplyToCommentInput = z.infer<typeof replyToCommentInput>;

export const MAX_SILENCE_HOURS = 24 * 30;
/** An account that events tell of. */
export const instagramAccount = z.object({
  id: z.string(),
  username: z.string().nullable(),
  /** Whether the configured access token is its. */
  isConnected: z.boolean(),
  tokenExpiresAt: z.iso.datetime().nullable(),
  /** Events of an account that is off are kept, and neither announced nor given to the desk. */
  enabled: z.boolean(),
  /** Hours without an event after which it counts as silent; null for never. */
  silenceAlarmHours: z.int().nullable(),
  silentSince: z.iso.datetime().nullable(),
  lastEventAt: z.iso.datetime().nullable(),
  /** Events by type: received in the last 24 h, and ever. */
  counters: z.record(z.string(), z.object({ day: z.int(), total: z.int() })),
});
export type InstagramAccount = z.infer<typeof instagramAccount>;
export const setAccountInput = z.object({
  accountId: z.string().max(128),
  enabled: z.boolean().optional(),
  silenceAlarmHours: z.int().min(1).max(MAX_SILENCE_HOURS).nullable().optional(),
});
export type SetAccountInput = z.infer<typeof setAccountInput>;

export const selfTestInput = z.object({
  /** Whether the account is subscribed to every field of `WEBHOOK_FIELDS` first. */
  subscribe: z.boolean().default(false),
});

/** Fields of Meta's webhooks that Pult makes something of. */
export const WEBHOOK_FIELDS = [
  "comments",
  "live_comments",
  "mentions",
  "messages",
  "message_reactions",
  "messaging_postbacks",
  "messaging_seen",
] as const;

/** How the connection to Instagram fares. */
export const instagramHealth = z.object({
  webhook: z.object({
    /** Where Meta has to send webhooks. */
    url: z.string(),
    hasAppSecret: z.boolean(),
    hasVerifyToken: z.boolean(),
    /** When the newest event of any account came. */
    lastEventAt: z.iso.datetime().nullable(),
    /** Webhooks that could not be read or stored, and events that the Inbox could not take: how many, and why the newest. A replay tries them again. */
    putAside: z.object({ count: z.int(), reason: z.string().nullable() }),
  }),
  token: z.object({
    /** `unchecked` until the first call with it. */
    state: z.enum(["absent", "unchecked", "valid", "invalid"]),
    /** Why Meta refuses it. */
    reason: z.string().nullable(),
    /** Null until it was refreshed once. */
    expiresAt: z.iso.datetime().nullable(),
    /** It ends within a week, or has ended, and could not be refreshed. */
    endsSoon: z.boolean(),
    refreshedAt: z.iso.datetime().nullable(),
  }),
  /** Whether Meta sends webhooks of each field about the account; null where that is not known. */
  fields: z.array(z.object({ field: z.string(), subscribed: z.boolean().nullable() })),
  check: z.object({ at: z.iso.datetime().nullable(), failure: z.string().nullable() }),
  silent: z.array(z.object({ accountId: z.string(), since: z.iso.datetime() })),
  /** When what was missed was last looked for, and how many events that found. */
  reconciliation: z.object({ at: z.iso.datetime().nullable(), found: z.int(), failure: z.string().nullable() }),
});
export type InstagramHealth = z.infer<typeof instagramHealth>;

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
  expiresAt: instant,
  /** What was put on it, a decimal. */
  stake: decimal.optional(),
});
export type PublishAlertInput = z.infer<typeof publishAlertInput>;

const alertId = z.string().regex(/^[1-9]\d{0,15}$/, "must be the id of an alert");
export const settleAlertInput = z.object({ id: alertId, profit: decimal });
export const alertRef = z.object({ id: alertId });
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

/** Customers hear that an alert was settled as `closed`. `other`: a change that this reader is not shown. */
export const alertEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("published"), alert: liveAlert }),
  z.object({ type: z.literal("settled"), alert: staffAlert }),
  z.object({ type: z.literal("closed"), id: alertId }),
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

export const followInput = z.object({ lastEventId: z.string().max(128).nullish() });
