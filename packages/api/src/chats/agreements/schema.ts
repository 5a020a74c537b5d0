import { z } from "zod";
import { isStorable } from "../../storable.ts";
import { isTimeZone } from "../../time-zone.ts";
import { accountId, chatId } from "../inputs.ts";
import { isStop, MAX_WORD } from "./words.ts";

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "A time like 09:00");

/** How an account may send to many. */
export const bulkSettings = z.object({
  accountId: z.string(),
  /** Messages in any 24 hours. */
  dailyLimit: z.int().min(1).max(200),
  /** What of it the account may use, which is less while it is fresh. */
  effectiveLimit: z.int(),
  /** Seconds between two messages at least. */
  gapSeconds: z.int().min(1).max(3_600),
  /** By recipients' clocks; all day when both are the same. */
  windowFrom: clock,
  windowTo: clock,
  /** Of recipients whose own is not known. */
  timeZone: z.string().max(64).refine(isTimeZone, "An IANA time zone"),
  /** Messages by which people agree, as a whole, whatever their case. */
  words: z
    .array(
      z
        .string()
        .trim()
        .min(2)
        .max(MAX_WORD)
        .refine(isStorable, "No NUL or half characters")
        .refine((word) => !isStop(word), "This is the word to stop"),
    )
    .max(10),
});
export type BulkSettings = z.infer<typeof bulkSettings>;

export const ofAccountInput = z.object({ accountId });
export type OfAccountInput = z.infer<typeof ofAccountInput>;
export const bulkSettingsInput = bulkSettings.omit({ effectiveLimit: true }).partial().extend({ accountId });
export type BulkSettingsInput = z.infer<typeof bulkSettingsInput>;

/** That a person agreed to get messages which they did not ask for. */
export const agreement = z.object({
  accountId: z.string(),
  chatId: z.string(),
  how: z.enum(["word", "hand"]),
  word: z.string().nullable(),
  messageId: z.string().nullable(),
  reason: z.string().nullable(),
  recordedBy: z.string().nullable(),
  recordedByName: z.string().nullable(),
  agreedAt: z.string(),
  endedAt: z.string().nullable(),
  endedBy: z.enum(["stop", "hand"]).nullable(),
});
export type Agreement = z.infer<typeof agreement>;

export const agreementInput = z.object({ accountId, chatId });
export type AgreementInput = z.infer<typeof agreementInput>;
export const recordAgreementInput = agreementInput.extend({
  /** How it is known that they agreed. */
  reason: z.string().trim().min(1).max(500).refine(isStorable, "No NUL or half characters"),
});
export type RecordAgreementInput = z.infer<typeof recordAgreementInput>;

/** What a contact agreed to with one account that has a chat with them. */
export const contactAgreement = z.object({
  accountId: z.string(),
  chatId: z.string(),
  /** The live one, else the one that ended last. */
  agreement: agreement.nullable(),
  /** Whether the caller may record and end it; after their `/stop` they alone bring it back. */
  mayRecord: z.boolean(),
  mayEnd: z.boolean(),
});
export type ContactAgreement = z.infer<typeof contactAgreement>;

export const ofContactInput = z.object({ contactId: z.guid() });
export type OfContactInput = z.infer<typeof ofContactInput>;
