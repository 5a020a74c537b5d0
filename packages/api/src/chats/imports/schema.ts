import { z } from "zod";
import { SKIPS } from "./export-message.ts";

export const IMPORT_STATUSES = ["checking", "checked", "importing", "done", "failed", "undone"] as const;

const person = z.object({ id: z.string(), name: z.string(), messages: z.int() });

/** What a file holds. */
export const importReport = z.object({
  /** Whose export it is, where the file says so or leaves no doubt. */
  self: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** Those who wrote most: one of them is the account's owner where `self` is not known. */
  senders: z.array(person),
  /** With most messages first, at most 200. */
  chats: z.array(z.object({ name: z.string(), type: z.string(), messages: z.int() })),
  chatCount: z.int(),
  messages: z.int(),
  /** ISO 8601. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** Messages that are left out, by why. */
  skipped: z.record(z.enum(SKIPS), z.int()),
  /** Messages whose time has no zone: taken as UTC. */
  withoutZone: z.int(),
});
export type ImportReport = z.infer<typeof importReport>;

export const telegramImport = z.object({
  id: z.string(),
  fileName: z.string().nullable(),
  status: z.enum(IMPORT_STATUSES),
  report: importReport.nullable(),
  /** The account that has its messages. */
  accountId: z.string().nullable(),
  /** Messages that were read so far. */
  progress: z.int(),
  failure: z.enum(["broken", "empty"]).nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
});
export type TelegramImport = z.infer<typeof telegramImport>;

export const createImportInput = z.object({ fileId: z.string().min(1).max(100) });
export type CreateImportInput = z.infer<typeof createImportInput>;
export const importInput = z.object({ id: z.guid() });
export type ImportInput = z.infer<typeof importInput>;
/** `selfId` where the report has no `self`. */
export const applyImportInput = importInput.extend({
  selfId: z
    .string()
    .regex(/^[1-9]\d{0,14}$/)
    .optional(),
});
export type ApplyImportInput = z.infer<typeof applyImportInput>;
