import { z } from "zod";
import { instant } from "../../instant.ts";
import { isStorable } from "../../storable.ts";
import { MAX_BROADCAST_LENGTH, MAX_TOPICS } from "./limits.ts";
import { PROBLEMS } from "./problem.ts";

const threadId = z.int().positive();
const clientId = z.string().min(1).max(128).refine(isStorable, "No NUL or half characters");
/** The primary subtag of a language, such as `ru`. */
const languageCode = z.string().regex(/^[a-z]{2,3}$/, "must be a language such as ru");

const topics = z.array(threadId).min(1).max(MAX_TOPICS);
/** Topics of the live group, or customers of the bot who subscribed: all, or those with one language. */
export const recipients = z.union([
  z.strictObject({ topics }),
  z.strictObject({ customers: z.literal(true), languageCode: languageCode.optional() }),
]);
export type Recipients = z.infer<typeof recipients>;

const content = z.object({
  text: z.string().trim().min(1).max(MAX_BROADCAST_LENGTH),
  /** Default: the live topic. */
  recipients: recipients.optional(),
  /** As the documented protocol has it: `{ recipients: { topics } }`. */
  threadIds: topics.optional(),
  /** In topics; a customer's chat is never pinned. */
  pin: z.boolean().default(true),
  /** Whether what was pinned before in the same topics is unpinned. */
  unpinPrevious: z.boolean().default(false),
  /** Pays Stars to send faster than Telegram's free limit; for customers only, and with `maxStars`. */
  paid: z.boolean().default(false),
  /** The most that may be paid, in whole Stars. */
  maxStars: z.int().nonnegative().max(1_000_000).optional(),
  /** Default: at once. */
  startsAt: instant.optional(),
  /** A repeat with the same id has no effect. */
  clientId: clientId.optional(),
});

interface Asked {
  recipients?: Recipients | undefined;
  threadIds?: number[] | undefined;
  paid: boolean;
  maxStars?: number | undefined;
}
const namesOnce = (asked: Asked) => !(asked.recipients && asked.threadIds);
const paysForCustomers = ({ paid, recipients }: Asked) =>
  !paid || (recipients !== undefined && "customers" in recipients);
const NAMED_TWICE = { path: ["threadIds"], error: "must be absent when recipients are given" };
const NOT_PAYABLE = { path: ["paid"], error: "is for customers: Telegram limits what goes into one group" };

export const broadcastInput = content
  .refine(namesOnce, NAMED_TWICE)
  .refine(paysForCustomers, NOT_PAYABLE)
  .refine(({ paid, maxStars }) => !paid || maxStars !== undefined, {
    path: ["maxStars"],
    error: "must say how many Stars may be paid",
  });
export type BroadcastInput = z.infer<typeof broadcastInput>;

export const estimateInput = content
  .omit({ text: true, clientId: true, maxStars: true })
  .refine(namesOnce, NAMED_TWICE)
  .refine(paysForCustomers, NOT_PAYABLE);
export type EstimateInput = z.infer<typeof estimateInput>;

/** What a broadcast would cost if it began now. */
export interface Estimate {
  messages: number;
  pins: number;
  /** Of what was pinned before. */
  unpins: number;
  calls: number;
  /** Until the last call begins, with what is under way before it; null while Telegram is not limited, as in the sandbox. */
  seconds: number | null;
  budget: {
    /** Calls that fit into a minute. */
    perMinute: number | null;
    /** Calls that fit into this minute; null when another node speaks to Telegram. */
    left: number | null;
  };
  /** The most that Telegram charges, in whole Stars; 0 unless it is paid. */
  stars: number;
  /** Longest text, in UTF-16 units: less for customers, whose messages end with how to unsubscribe. */
  maxTextLength: number;
}

export const pinInput = z.object({
  messageId: z.int().positive(),
  threadId: threadId.optional(),
  clientId: clientId.optional(),
});
export type PinInput = z.infer<typeof pinInput>;

export const TARGET_STATES = ["pending", "sent", "pinned", "failed", "unknown", "skipped", "cancelled"] as const;
export type TargetState = (typeof TARGET_STATES)[number];
const targetState = z.enum(TARGET_STATES);
export const broadcastTarget = z.object({
  id: z.int().positive(),
  /** A group, or a customer's private chat; 0 once the customer was erased. */
  chatId: z.int(),
  threadId: threadId.nullable(),
  state: targetState,
  /** Why it waits, failed, was skipped or is not pinned; of Telegram in its words. */
  reason: z.string().nullable(),
  /** What the reason means, where that is known. */
  problem: z.enum(PROBLEMS).nullable(),
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
  /** Why it paused by itself, in Telegram's words. */
  pauseReason: z.string().nullable(),
  recipients: z.enum(["topics", "customers"]),
  languageCode: z.string().nullable(),
  paid: z.boolean(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  startsAt: z.iso.datetime(),
  /** How many recipients are in each state. Of customers at most a second old. */
  counts: z.record(targetState, z.int().nonnegative()),
  /** Topics, all of them. Customers are read by `broadcasts.targets`. */
  targets: z.array(broadcastTarget),
});
export type Broadcast = z.infer<typeof broadcast>;

export const broadcastRef = z.object({ id: z.uuid() });
/** `paid: false` goes on at the free speed. */
export const resumeInput = broadcastRef.extend({ paid: z.literal(false).optional() });
/** `pin: false` sends what failed without pinning it, and leaves what could not be pinned. */
export const retryInput = broadcastRef.extend({ pin: z.boolean().default(true) });
export type RetryInput = z.infer<typeof retryInput>;

export const broadcastsInput = z.object({
  /** Id of the last one of the page before. */
  before: z.uuid().optional(),
  limit: z.int().min(1).max(100).default(20),
});
export type BroadcastsInput = z.infer<typeof broadcastsInput>;

export const targetsInput = broadcastRef.extend({
  state: targetState.optional(),
  /** Id of the last one of the page before. */
  before: z.int().positive().optional(),
  limit: z.int().min(1).max(200).default(50),
});
export type TargetsInput = z.infer<typeof targetsInput>;
export interface TargetsPage {
  /** Newest first. */
  targets: BroadcastTarget[];
  nextBefore: number | null;
}

export const broadcastEvent = z.object({ type: z.literal("changed"), broadcast });
export type BroadcastEvent = z.infer<typeof broadcastEvent>;

/** What the agent who sent a broadcast is told. */
export interface BroadcastNews {
  outcome: "paused" | "ended";
  text: string;
  sent: number;
  failed: number;
  unknown: number;
}

/** Customers who get broadcasts. */
/** Whether a customer agreed to broadcasts. */
export interface Subscription {
  /** ISO 8601. */
  subscribedAt: string;
  /** ISO 8601; null while they are subscribed. */
  endedAt: string | null;
  endReason: "stop" | "blocked" | null;
}
export const subscriptionInput = z.object({
  /** The customer's Telegram id. */
  chatId: z.int().positive(),
});

export interface Subscribers {
  total: number;
  /** By language, the most first; null where Telegram tells none. */
  languages: { languageCode: string | null; count: number }[];
  /** Subscribes the customer who opens it; null while the bot does not answer. */
  link: string | null;
}

export const nameTopicInput = z.object({
  threadId,
  name: z.string().trim().min(1).max(128).refine(isStorable, "No NUL or half characters"),
});
export type NameTopicInput = z.infer<typeof nameTopicInput>;

/** A topic of the live group whose name is known. */
export interface LiveTopic {
  threadId: number;
  name: string;
  /** Closed, or known as deleted: it is not suggested. */
  isClosed: boolean;
}
