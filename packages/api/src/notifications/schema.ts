import { z } from "zod";

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
