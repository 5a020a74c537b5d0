import { sql } from "drizzle-orm";
import { z } from "zod";
import { requireStaff } from "../auth/permissions.ts";
import type { Context, Deps } from "../context.ts";
import { enqueue, type OutboxHandler, publishDue } from "../outbox/outbox.ts";
import { why } from "../outbox/why.ts";
import { BotError } from "../telegram/bot.ts";
import { botLease } from "../telegram/telegram.ts";
import { verdictOf } from "../telegram/verdict.ts";
import { fetchFile } from "./attachments.ts";
import { isFile, type StoredFileAttachment } from "./content.ts";
import { fillAttachment } from "./edit.ts";
import { supportError } from "./errors.ts";
import { selectMessages } from "./message-rows.ts";
import { presentMessage } from "./stored.ts";

const fetchPayload = z.object({ messageId: z.int(), attachmentId: z.string() });
type FetchPayload = z.infer<typeof fetchPayload>;

/** Owes files that Telegram did not hand out when their message came. */
export async function fetchLater(ctx: Context, messageId: number, attachmentIds: readonly string[]): Promise<void> {
  if (attachmentIds.length === 0) return;
  const items = attachmentIds.map((attachmentId) => ({
    queue: `fetch:${messageId}:${attachmentId}`,
    kind: "support.fetch",
    lease: botLease(ctx.telegram?.botId ?? 0),
    priority: "normal" as const,
    dueAt: ctx.now(),
    payload: { messageId, attachmentId },
    subject: `support.attachment:${messageId}`,
    personId: null,
    route: "fetch",
  }));
  await ctx.db.transaction((tx) => enqueue(tx, items));
  publishDue(ctx.bus);
}

/** Brings a file that was missing into the media store. */
export const fetchHandler: OutboxHandler<FetchPayload> = {
  schema: fetchPayload,
  lease: ({ telegram }) => botLease(telegram?.botId ?? 0),
  buckets: () => [],
  async deliver(deps, { payload, attempts }) {
    try {
      const isThere = await fetchMissing(deps, payload);
      return isThere ? { state: "done" } : { state: "skipped", ...why("gone") };
    } catch (error) {
      if (!(error instanceof BotError)) throw error;
      const verdict = verdictOf(error, attempts);
      // Of its own: a file that stays away holds up nothing, and is put aside after a while.
      return verdict.state === "wait" ? { ...verdict, scope: "item" } : verdict;
    }
  },
  settled: async () => [],
};

/** tRPC `support.fetchAttachment`: an agent asks for it again. @throws DomainError `NOT_FOUND`, `UNAVAILABLE` with Telegram's words */
export async function fetchAttachmentAgain(ctx: Context, input: FetchPayload) {
  requireStaff(ctx.actor, "support:write");
  try {
    await fetchMissing(ctx, input);
  } catch (error) {
    if (error instanceof BotError) throw supportError("attachmentAway", { reason: error.message });
    throw error;
  }
  const [found] = await selectMessages(ctx.db, sql`m.id = ${input.messageId}`, { deliveries: true });
  if (!found) throw supportError("messageNotFound");
  return { message: presentMessage(found.message, ctx.mediaLinks, "agent") };
}

/** @returns false when nothing is missing any more @throws BotError */
async function fetchMissing(deps: Deps, { messageId, attachmentId }: FetchPayload): Promise<boolean> {
  const [found] = await selectMessages(deps.db, sql`m.id = ${messageId}`);
  const missing = found?.message.attachments?.find(
    (one): one is StoredFileAttachment => isFile(one) && one.id === attachmentId && one.fileKey === null,
  );
  if (!missing?.telegram) return false;
  const ctx: Context = { ...deps, actor: { kind: "system" }, ip: "", userAgent: "" };
  const { fileId } = missing.telegram;
  const by = await fetchFile(ctx, { ...missing, fileId, uniqueId: fileId, mimeType: missing.contentType });
  return fillAttachment(ctx, messageId, { id: attachmentId, by });
}
