import { z } from "zod";
import { recordQuery } from "../../crm/schema.ts";
import { isStorable } from "../../storable.ts";
import { accountId } from "../inputs.ts";
import { messageEntity } from "../schema.ts";

export const BULK_STATES = ["draft", "waiting", "running", "paused", "cancelled", "done"] as const;
export type BulkState = (typeof BULK_STATES)[number];
export const RECIPIENT_STATES = ["queued", "sending", "sent", "read", "failed", "skipped", "unknown"] as const;
export type RecipientState = (typeof RECIPIENT_STATES)[number];

/** Why a contact is not written to. */
export const SKIP_REASONS = [
  "noTelegram",
  "noChat",
  "refused",
  "stopped",
  "noAgreement",
  "notFirst",
  "beginningUnknown",
  "missingValue",
  "tooLong",
  "duplicate",
  "paid",
  "cancelled",
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export const MAX_RECIPIENTS = 2_000;

const id = z.guid();
const storable = (text: z.ZodString) => text.refine(isStorable, "No NUL or half characters");

const counts = z.record(z.enum(RECIPIENT_STATES), z.int());

/** A message to many. */
export const bulk = z.object({
  id: z.string(),
  accountId: z.string(),
  name: z.string(),
  /** With variables; the line about `/stop` is added to each message. */
  text: z.string(),
  entities: z.array(messageEntity),
  /** Whom it was written for. */
  source: z.object({ contactIds: z.array(z.string()).optional(), matching: recordQuery.optional() }),
  state: z.enum(BULK_STATES),
  /** Why it paused by itself: Telegram's own name, `accountExpired`, `restored` (of a backup) or `internal`; null when a person paused it. */
  pauseReason: z.string().nullable(),
  /** Counts changes before the approval. */
  version: z.int(),
  authorName: z.string(),
  approvedByName: z.string().nullable(),
  approvedAt: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
  finishedAt: z.string().nullable(),
  counts,
  /** Those who are left out, by why. */
  skipped: z.partialRecord(z.enum(SKIP_REASONS), z.int()),
  /** When the next and the last message leave, should nothing be in the way; null when there is none to send. */
  nextAt: z.string().nullable(),
  endsAt: z.string().nullable(),
  /** Whether the caller may write from the account, and whether they may approve it. */
  mayChange: z.boolean(),
  mayApprove: z.boolean(),
});
export type Bulk = z.infer<typeof bulk>;

export const bulkRecipient = z.object({
  id: z.int(),
  contactId: z.string(),
  name: z.string(),
  chatId: z.string().nullable(),
  state: z.enum(RECIPIENT_STATES),
  /** A `SKIP_REASONS`, or Telegram's own name of why it failed. */
  reason: z.string().nullable(),
  /** As it is sent; empty for those who are left out. */
  text: z.string(),
  timeZone: z.string(),
  calledAt: z.string().nullable(),
});
export type BulkRecipient = z.infer<typeof bulkRecipient>;

export const bulkInput = z.object({ id });
export type BulkInput = z.infer<typeof bulkInput>;
export const saveBulkInput = z.object({
  /** Of the caller's choosing: a repeat changes nothing. */
  id,
  /** What is replaced; 0 for a new one. */
  version: z.int().min(0),
  accountId,
  name: storable(z.string().trim().min(1).max(100)),
  text: storable(z.string().max(32_768)),
  entities: z.array(messageEntity).max(100).default([]),
  /** Contacts by id, or all that a query finds. */
  contactIds: z.array(id).min(1).max(MAX_RECIPIENTS).optional(),
  matching: recordQuery.optional(),
});
export type SaveBulkInput = z.infer<typeof saveBulkInput>;
export const versionedInput = z.object({ id, version: z.int().min(1) });
export type VersionedInput = z.infer<typeof versionedInput>;
export const bulkStateInput = z.object({ id, state: z.enum(["running", "paused", "cancelled"]) });
export type BulkStateInput = z.infer<typeof bulkStateInput>;
export const listBulksInput = z.object({ accountId: accountId.optional() });
export type ListBulksInput = z.infer<typeof listBulksInput>;
export const recipientsInput = z.object({
  id,
  state: z.enum(RECIPIENT_STATES).optional(),
  limit: z.int().min(1).max(200).default(50),
  /** `id` of the last of the page before. */
  after: z.int().min(0).default(0),
});
export type RecipientsInput = z.infer<typeof recipientsInput>;

/** Something changed of a message to many. */
export const bulkEvent = z.object({ type: z.literal("bulkChanged"), bulkId: z.string() });
export type BulkEvent = z.infer<typeof bulkEvent>;
export const followBulksInput = z.object({ accountId, lastEventId: z.string().max(100).nullish() });
export type FollowBulksInput = z.infer<typeof followBulksInput>;
