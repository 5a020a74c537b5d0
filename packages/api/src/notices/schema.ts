import { z } from "zod";
import { instant } from "../instant.ts";
import type { Problem, ProblemParams } from "../outbox/why.ts";
import { isStorable } from "../storable.ts";

/** Ways on which a notice reaches a person, in the order in which they are tried: a device first, the bot's message when there is none. */
export const NOTICE_ROUTES = ["push", "bot"] as const;
export type NoticeRoute = (typeof NOTICE_ROUTES)[number];

/** `critical` passes quiet hours, batches and caps. */
export const SEVERITIES = ["normal", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

const noticeId = z.int().positive();
/** Texts are rendered in it. Default: the person's own language. */
const noticeLocale = z.enum(["en", "ru"]);
export type NoticeLocale = z.infer<typeof noticeLocale>;

/** One line of a person's list. What repeats while it is unread is counted in one line. */
export const notice = z.object({
  id: noticeId,
  /** `<slice>.<event>`, such as `support.assigned`. */
  kind: z.string(),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  body: z.string(),
  /** How many events it tells of. */
  count: z.int().positive(),
  /** Where a click leads: a path of the dashboard, such as `/inbox/12`; for customers a `start_param` of the Mini App. */
  target: z.string(),
  /** When the newest of its events happened. */
  at: z.iso.datetime(),
  readAt: z.iso.datetime().nullable(),
  archivedAt: z.iso.datetime().nullable(),
  /** Hidden, and unread again, until then. */
  snoozedUntil: z.iso.datetime().nullable(),
});
export type Notice = z.infer<typeof notice>;

/** Counters of a person's list as of one position of its log. */
export interface NoticeCounts {
  unread: number;
  /** `epoch:offset`, the position in `onInbox` at which the counters hold. */
  position: string;
}

export const noticesInput = z.object({
  /** `open`: neither archived nor snoozed. */
  state: z.enum(["open", "unread", "archived", "snoozed"]).default("open"),
  locale: noticeLocale.optional(),
  /** `nextBefore` of the page before. */
  before: z
    .string()
    .regex(/^\d{1,15}-\d{1,15}$/, "must be the nextBefore of a page")
    .optional(),
  limit: z.int().min(1).max(100).default(30),
});
export type NoticesInput = z.infer<typeof noticesInput>;
export interface NoticesPage {
  /** Newest first. */
  notices: Notice[];
  counts: NoticeCounts;
  nextBefore: string | null;
}

/** Which ones: these, or all that are open now. */
const which = z.object({ ids: z.array(noticeId).min(1).max(200) }).or(z.object({ all: z.literal(true) }));
export type Which = z.infer<typeof which>;
export const markNoticesReadInput = which.and(z.object({ read: z.boolean().default(true) }));
export const archiveNoticesInput = which.and(z.object({ archived: z.boolean().default(true) }));
/** `until` null ends it. */
export const snoozeNoticeInput = z.object({ id: noticeId, until: instant.nullable() });

/** In the log of a person's list: what changed, whole, with the unread counter after it. `changed` also tells of new ones. */
export interface NoticeEvent {
  type: "changed";
  notices: Notice[];
  unread: number;
}
/** The same as it is stored: texts are rendered for each reader. */
export const storedNotice = notice.omit({ title: true, body: true, target: true }).extend({ data: z.unknown() });
export type StoredNotice = z.infer<typeof storedNotice>;
export const storedNoticeEvent = z.object({
  type: z.literal("changed"),
  notices: z.array(storedNotice),
  unread: z.int().nonnegative(),
});
export type StoredNoticeEvent = z.infer<typeof storedNoticeEvent>;

export const followNoticesInput = z.object({
  lastEventId: z.string().max(128).nullish(),
  locale: noticeLocale.optional(),
});

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 22:00");
/** What one kind does for one person. */
export const kindPreference = z.object({
  /** Listed in the app. */
  inApp: z.boolean(),
  push: z.boolean(),
  bot: z.boolean(),
  /** Only events of at least this weight, 0 to 1, such as a live alert's confidence; null for all. */
  threshold: z.number().min(0).max(1).nullable(),
});
export type KindPreference = z.infer<typeof kindPreference>;
export const noticePreferences = z.object({
  /** By kind; every kind that the person can get, with its default where they have not chosen. */
  kinds: z.record(z.string(), kindPreference),
  /** IANA name, such as `Europe/Berlin`. */
  timeZone: z.string().max(64),
  /** Nothing but `critical` leaves between them, in the time zone; `from` after `to` spans midnight. Null for none. */
  quietHours: z.object({ from: clock, to: clock }).nullable(),
  /** The first event leaves now, what follows within this many seconds leaves together. 0 for each by itself. */
  batchSeconds: z.int().min(0).max(3_600),
  /** More than this an hour wait and are merged. */
  maxPerHour: z.int().min(1).max(1_000),
  /** Whether the open page plays a sound. */
  sound: z.boolean(),
});
export type NoticePreferences = z.infer<typeof noticePreferences>;
/** What is left out stays. */
export const setPreferencesInput = noticePreferences
  .partial()
  .extend({ kinds: z.record(z.string().max(64), kindPreference.partial()).optional() });
export type SetPreferencesInput = z.infer<typeof setPreferencesInput>;

export const unsubscribeInput = z
  .object({ endpointOrToken: z.string().min(1).max(4_096).refine(isStorable) })
  .or(z.object({ deviceId: z.uuid() }));
export type UnsubscribeInput = z.infer<typeof unsubscribeInput>;
/** Own ones; staff may name a person. */
export const devicesInput = z.object({ personId: z.uuid().optional() });
export const testDeviceInput = z.object({ deviceId: z.uuid() });

const deliveryState = z.enum(["waiting", "done", "skipped", "failed", "unknown", "parked"]);
/** What became of one notice on one way: also what was held back, with the reason. */
export interface NoticeDelivery {
  id: number;
  /** The notice, or the message, that it tells of: `<slice>.<thing>:<id>`. */
  subject: string;
  kind: string;
  route: string;
  personId: string | null;
  personName: string | null;
  /** `waiting`: see `reason` and `dueAt`. `skipped`: held back or not needed, with the reason. */
  state: z.infer<typeof deliveryState>;
  reason: string | null;
  /** The reason as a key for the reader's language, with `params`; null for a provider's own words. */
  problem: Problem | null;
  params: ProblemParams;
  attempts: number;
  createdAt: string;
  dueAt: string;
  finishedAt: string | null;
  /** Every answer of a push provider, oldest first. */
  answers: { deviceId: string; state: string; providerStatus: number | null; reason: string | null; at: string }[];
}
/** Own ones; staff with `notifications:read` may name a person, or `all`. */
export const deliveriesInput = z.object({
  personId: z
    .uuid()
    .or(z.enum(["me", "all"]))
    .default("me"),
  state: deliveryState.optional(),
  before: z.int().positive().optional(),
  limit: z.int().min(1).max(200).default(50),
});
export type DeliveriesInput = z.infer<typeof deliveriesInput>;
