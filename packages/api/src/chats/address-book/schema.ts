import { z } from "zod";
import { accountId } from "../inputs.ts";

/** How the CRM keeps in step with an account's address book. */
export const bookState = z.object({
  accountId: z.string(),
  isOn: z.boolean(),
  /** When it was last in step. */
  keptAt: z.string().nullable(),
  /** Telegram's own name of why it could not be read the last time. */
  failedBy: z.string().nullable(),
  /** Whether it is to be read now. */
  isDue: z.boolean(),
  /** People in the address book, and how many of them are contacts of the CRM. */
  peopleCount: z.int(),
  contactCount: z.int(),
});
export type BookState = z.infer<typeof bookState>;

export const keepBookInput = z.object({ accountId, isOn: z.boolean() });
export type KeepBookInput = z.infer<typeof keepBookInput>;

export const BOOK_CHANGES = ["save", "remove"] as const;

/** A contact in the address book of one account. */
export const bookEntry = z.object({
  accountId: z.string(),
  isInBook: z.boolean(),
  /** What the account's owner sees them as. */
  name: z.string(),
  /** What Telegram is still to be told. */
  change: z.enum(BOOK_CHANGES).nullable(),
  /** Telegram's own name of why it refused the last. */
  failedBy: z.string().nullable(),
  /** Whether the caller may change it. */
  mayChange: z.boolean(),
});
export type BookEntry = z.infer<typeof bookEntry>;

export const entriesInput = z.object({ contactId: z.guid() });
export type EntriesInput = z.infer<typeof entriesInput>;
export const changeEntryInput = z.object({ accountId, contactId: z.guid(), change: z.enum(BOOK_CHANGES) });
export type ChangeEntryInput = z.infer<typeof changeEntryInput>;
