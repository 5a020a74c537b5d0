import { z } from "zod";
import { instant } from "../instant.ts";
import { photo } from "../media/schema.ts";
import { PROBLEMS } from "../outbox/why.ts";
import { device, registrationInput } from "../push/schema.ts";
import { attachment, textEntity } from "./content.ts";

/** Most characters (UTF-16 units) a message may have; Telegram gets it in parts, history keeps it whole. */
export const MAX_TEXT_LENGTH = 32_768;
export const MAX_PHOTOS = 10;
export const MAX_PHOTO_BYTES = 10 * 1024 * 1024;

/** Where a conversation's customer writes from. One customer of one channel has one conversation. */
export const CHANNELS = ["app", "telegram", "instagram"] as const;
export const channel = z.enum(CHANNELS);
export type Channel = z.infer<typeof channel>;

export const STATUSES = ["open", "pending", "snoozed", "resolved"] as const;
export const status = z.enum(STATUSES);
export type ConversationStatus = z.infer<typeof status>;

/**
 * `customer` and `agent` are seen by both sides (documented as `user` and `support`), `greeting` is the daily welcome,
 * `note` and `event` (assigned, resolved …) only by agents.
 */
export const MESSAGE_KINDS = ["customer", "agent", "greeting", "note", "event"] as const;
export const messageKind = z.enum(MESSAGE_KINDS);
export type MessageKind = z.infer<typeof messageKind>;

/** How a message arrived. */
export const SOURCES = ["app", "miniApp", "telegram", "group", "dashboard", "api", "system", "instagram"] as const;
export const source = z.enum(SOURCES);
export type Source = z.infer<typeof source>;

/**
 * What became of a message on one delivery route: into the support group, to the customer's Telegram or Instagram, as push, or as the bot's
 * message in the place of a push.
 */
export const DELIVERY_ROUTES = ["group", "telegram", "push", "bot", "instagram"] as const;
export const delivery = z.object({
  leg: z.enum(DELIVERY_ROUTES),
  state: z.enum(["pending", "delivered", "failed", "skipped"]),
  /** Why it waits or failed, in English; null when there is nothing to say. */
  reason: z.string().nullable(),
  /** The same as a key with parameters; absent for a provider's own words. */
  problem: z.enum(PROBLEMS).optional(),
  params: z.record(z.string(), z.string().or(z.number())).optional(),
  /** When the next try is due, when it waits for one. */
  retryAt: z.iso.datetime().nullable(),
});
export type Delivery = z.infer<typeof delivery>;

/** What an `event` line says. */
export const changeEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("assigned"), assignee: z.string().nullable() }),
  z.object({ type: z.literal("status"), status, snoozedUntil: z.iso.datetime().nullable() }),
  /** The customer blocks the bot, or no more. */
  z.object({ type: z.literal("blocked"), isBlocked: z.boolean() }),
  /** The customer came by a link with this payload. */
  z.object({ type: z.literal("arrived"), origin: z.string() }),
]);
export type ChangeEvent = z.infer<typeof changeEvent>;

export const message = z.object({
  /** Our own integer, never reused, growing within a conversation. */
  id: z.number().int().positive(),
  conversationId: z.number().int().positive(),
  kind: messageKind,
  text: z.string(),
  photos: z.array(photo),
  /** What else it shows: files, places, contacts. Absent for none, as are the next four. */
  attachments: z.array(attachment).optional(),
  /** Formatting of `text`. */
  entities: z.array(textEntity).optional(),
  /** Whose message it repeats; empty when its origin is hidden. */
  forwardedFrom: z.string().optional(),
  /** The words of `replyTo` that it answers, where its writer chose them. */
  quote: z.string().optional(),
  /** Emoji of the other side. */
  reactions: z.array(z.string()).optional(),
  author: z.object({ id: z.string().nullable(), name: z.string() }),
  source,
  clientId: z.string().nullable(),
  replyTo: z.object({ id: z.number().int(), author: z.string(), text: z.string() }).nullable(),
  change: changeEvent.nullable(),
  createdAt: z.iso.datetime(),
  editedAt: z.iso.datetime().nullable(),
  /** Its sender took it back: text and photos are gone. */
  deletedAt: z.iso.datetime().optional(),
  /** For agents only; empty for customers. */
  deliveries: z.array(delivery),
});
export type Message = z.infer<typeof message>;

/** What lets agents answer on a channel that limits it. */
export const WINDOW_OPENERS = ["message", "storyReply", "storyMention", "postback"] as const;
export const replyWindow = z.object({
  openedBy: z.enum(WINDOW_OPENERS),
  /** When that happened there, not when Pult heard of it. */
  openedAt: z.iso.datetime(),
  /** Replies are refused afterwards, until the customer writes again. */
  until: z.iso.datetime(),
});
export type ReplyWindow = z.infer<typeof replyWindow>;

/** One row of the inbox. */
export const conversationRow = z.object({
  id: z.number().int().positive(),
  channel,
  customer: z.object({
    id: z.string(),
    name: z.string(),
    username: z.string().nullable(),
    /** Someone of this customer is connected now (this node's knowledge). */
    online: z.boolean(),
  }),
  status,
  snoozedUntil: z.iso.datetime().nullable(),
  assignee: z.object({ id: z.string(), name: z.string() }).nullable(),
  lastMessage: z
    .object({
      id: z.number().int(),
      kind: messageKind,
      text: z.string(),
      photoCount: z.number().int(),
      /** What it shows beside text and photos: the kind of its first attachment, and what tells it from others. */
      attachment: z.object({ kind: z.string(), detail: z.string().nullable() }).optional(),
      author: z.string(),
    })
    .nullable(),
  /** Instant of the last customer-visible message or note; the list's order. */
  lastActivityAt: z.iso.datetime(),
  /** Customer messages that no agent has answered or marked read. */
  unreadCount: z.number().int().nonnegative(),
  /** Newest message the customer has seen, 0 before the first. */
  customerReadId: z.number().int().nonnegative(),
  /** Since when the customer blocks the bot; absent while they do not. */
  blockedAt: z.iso.datetime().optional(),
  /** Absent where the channel does not limit replies; null where nothing has opened one yet. */
  replyWindow: replyWindow.nullable().optional(),
});
export type ConversationRow = z.infer<typeof conversationRow>;

export const conversationDetail = conversationRow.extend({
  createdAt: z.iso.datetime(),
  languageCode: z.string().nullable(),
  /** What the customer came with: the payload of a link to the bot. */
  origin: z.string().optional(),
  telegram: z.object({ topicId: z.number().int().nullable(), userId: z.string().nullable() }),
  devices: z.array(device),
  /** Why nothing can be sent on the channel now, in the provider's words. */
  blocked: z.string().optional(),
});
export type ConversationDetail = z.infer<typeof conversationDetail>;

// ── inputs ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Made by the client once per message and kept through retries. */
export const clientId = z.string().min(1).max(255);

/** Acts for an app customer; needs an API key with `support:write` (or `support:read` to read). Customers leave it out. */
export const onBehalfOf = z.string().min(1).max(128);

const content = {
  text: z.string().max(MAX_TEXT_LENGTH).default(""),
  /** Ids from `POST /api/media`, in order: photos, and files of any kind. */
  photoIds: z.array(z.string().max(64)).max(MAX_PHOTOS).default([]),
};

export const sendInput = z.object({
  ...content,
  clientId,
  userId: onBehalfOf.optional(),
  userName: z.string().max(128).optional(),
});
export type SendInput = z.infer<typeof sendInput>;

export const historyInput = z.object({
  /** 1 to 200 messages, newest page first; inside a page oldest first. */
  limit: z.number().int().min(1).max(200).default(50),
  /** Only messages with a smaller id. */
  beforeId: z.number().int().positive().optional(),
  userId: onBehalfOf.optional(),
  userName: z.string().max(128).optional(),
});
export type HistoryInput = z.infer<typeof historyInput>;

export const messagePage = z.object({
  messages: z.array(message),
  hasMore: z.boolean(),
});

export const customerHistory = messagePage.extend({
  /** Newest message an agent has read, so the customer's own lines can show it. */
  agentReadId: z.number().int().nonnegative(),
  /** Newest message that the customer has read. */
  customerReadId: z.number().int().nonnegative(),
});
export type CustomerHistory = z.infer<typeof customerHistory>;

export const markReadInput = z.object({
  /** Everything up to this message has been seen. Never moves back. */
  messageId: z.number().int().positive(),
  userId: onBehalfOf.optional(),
});

export const registerDeviceInput = registrationInput.extend({ userId: onBehalfOf.optional() });
export type RegisterDeviceInput = z.infer<typeof registerDeviceInput>;

export const INBOX_VIEWS = ["mine", "unassigned", "all", "snoozed", "resolved"] as const;
export const inboxInput = z.object({
  /** `mine`, `unassigned` and `all` hold what is open or pending. */
  view: z.enum(INBOX_VIEWS).default("all"),
  /** Finds in customer names, usernames, ids and message text. Overrides nothing else: it narrows the view. */
  search: z.string().trim().max(200).default(""),
  limit: z.number().int().min(1).max(100).default(50),
  /** `nextCursor` of the page before. */
  cursor: z.string().max(200).nullish(),
});
export type InboxInput = z.infer<typeof inboxInput>;

export const inboxPage = z.object({
  conversations: z.array(conversationRow),
  nextCursor: z.string().nullable(),
  /** Conversations per view, and unread customer messages in `mine` and `unassigned` together. */
  counts: z.object({
    mine: z.number().int(),
    unassigned: z.number().int(),
    all: z.number().int(),
    snoozed: z.number().int(),
    resolved: z.number().int(),
    unread: z.number().int(),
  }),
});
export type InboxPage = z.infer<typeof inboxPage>;

export const conversationInput = z.object({
  conversationId: z.number().int().positive(),
  limit: z.number().int().min(1).max(200).default(50),
  beforeId: z.number().int().positive().optional(),
});

export const conversationPage = messagePage.extend({ conversation: conversationDetail });
export type ConversationPage = z.infer<typeof conversationPage>;

export const replyInput = z.object({
  ...content,
  conversationId: z.number().int().positive(),
  clientId,
  replyToId: z.number().int().positive().optional(),
});
export type ReplyInput = z.infer<typeof replyInput>;

export const noteInput = z.object({
  conversationId: z.number().int().positive(),
  text: z.string().min(1).max(MAX_TEXT_LENGTH),
  clientId,
  /** Ids of agents whom it names, beside those that stand in the text as `@Name`. */
  mentions: z.array(z.uuid()).max(50).optional(),
});
export type NoteInput = z.infer<typeof noteInput>;

export const editMessageInput = z.object({
  messageId: z.number().int().positive(),
  text: z.string().max(MAX_TEXT_LENGTH),
});
export const messageInput = z.object({ messageId: z.number().int().positive() });
export const fetchAttachmentInput = messageInput.extend({ attachmentId: z.string().max(64) });

export const retryInput = z.object({ messageId: z.number().int().positive() });

export const assignInput = z.object({
  conversationId: z.number().int().positive(),
  /** Agent id from `support.agents`; null unassigns. */
  assigneeId: z.string().nullable(),
});

export const setStatusInput = z.discriminatedUnion("status", [
  z.object({ conversationId: z.number().int().positive(), status: z.enum(["open", "pending", "resolved"]) }),
  z.object({ conversationId: z.number().int().positive(), status: z.literal("snoozed"), until: instant }),
]);
export type SetStatusInput = z.infer<typeof setStatusInput>;

export const setTypingInput = z.object({ conversationId: z.number().int().positive().optional(), typing: z.boolean() });

// ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** First event of a log subscription. Without `recovered`, `snapshot` is the state at this position. */
const position = <T extends z.ZodType>(snapshot: T) =>
  z.object({ type: z.literal("position"), recovered: z.boolean(), snapshot: snapshot.optional() });

/** Every 25 s, not tracked: where the log ends (`epoch:offset`), so that a reader can prove it is current. */
const heartbeat = z.object({ type: z.literal("heartbeat"), head: z.string() });

export const inboxEvent = z.object({ type: z.literal("conversationChanged"), conversation: conversationRow });
export type InboxEvent = z.infer<typeof inboxEvent>;
export const onInboxEvent = z.union([inboxEvent, position(inboxPage), heartbeat]);

/** With messages as they are stored, or as a reader gets them. */
export const conversationEventWith = <Shown extends z.ZodType>(message: Shown) =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("messageSent"), message }),
    z.object({ type: z.literal("messageEdited"), message }),
    z.object({ type: z.literal("deliveryChanged"), messageId: z.number().int(), deliveries: z.array(delivery) }),
    inboxEvent,
  ]);
export const conversationEvent = conversationEventWith(message);
export type ConversationEvent = z.infer<typeof conversationEvent>;
export const onConversationEvent = z.union([conversationEvent, position(conversationPage), heartbeat]);

export const customerEventWith = <Shown extends z.ZodType>(message: Shown) =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("messageSent"), message }),
    z.object({ type: z.literal("messageEdited"), message }),
    z.object({ type: z.literal("read"), agentReadId: z.number().int() }),
  ]);
export const customerEvent = customerEventWith(message);
export type CustomerEvent = z.infer<typeof customerEvent>;
export const onMessageEvent = z.union([customerEvent, position(customerHistory), heartbeat]);

/** Who types, newest state only; `typing` false or silence of 6 s ends it. */
export const typingEvent = z.object({
  side: z.enum(["customer", "agent"]),
  /** Whose entry it is, so that readers can leave out their own. */
  actorId: z.string().nullable(),
  name: z.string(),
  typing: z.boolean(),
});
export type TypingEvent = z.infer<typeof typingEvent>;

export const ACTIVITIES = ["viewing", "typing", "drafting"] as const;
export const activity = z.enum(ACTIVITIES);
export type Activity = z.infer<typeof activity>;

/** What an agent does in a conversation; null when the agent has left it. Expires 30 s after it was last set. */
export const setPresenceInput = z.object({
  conversationId: z.number().int().positive(),
  activity: activity.nullable(),
});

/** Who is around a conversation now. */
export const conversationPresence = z.object({
  /** The customer is connected, on any node. */
  customerOnline: z.boolean(),
  customerTyping: z.boolean(),
  /** In the order of their names, the reader included. */
  agents: z.array(z.object({ id: z.string(), name: z.string(), activity })),
});
export type ConversationPresence = z.infer<typeof conversationPresence>;

/** Resume: the id of the last event seen, `epoch:offset`. */
export const followInput = z.object({ lastEventId: z.string().max(200).nullish() });

/** Minutes after which agents are told of a conversation that waits and is no one's; null for never. */
export const waitingTime = z.object({ minutes: z.int().min(1).max(1_440).nullable() });
export type WaitingTime = z.infer<typeof waitingTime>;
