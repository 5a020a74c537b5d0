import { telegramAgreements } from "@pult/db/schema/bulk.ts";
import { telegramChats } from "@pult/db/schema/chats.ts";
import { and, desc, eq, sql } from "drizzle-orm";
import { recordAudit } from "../../auth/audit.ts";
import { nameOfStaff, requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import { type Account, requireAccess, requireAccount, viewerOf } from "../access.ts";
import { chatsError } from "../errors.ts";
import { bulkTopic } from "../events.ts";
import { requireChat } from "../store/chats.ts";
import { type AgreementRow, isLive, skipQueued } from "./rows.ts";
import type { Agreement, AgreementInput, RecordAgreementInput } from "./schema.ts";

export const presentAgreement = (accountId: string, row: AgreementRow): Agreement => ({
  accountId,
  chatId: String(row.chatId),
  how: row.how as Agreement["how"],
  word: row.word,
  messageId: row.messageId === null ? null : String(row.messageId),
  reason: row.reason,
  recordedBy: row.recordedBy,
  recordedByName: row.recordedByName,
  agreedAt: row.agreedAt.toISOString(),
  endedAt: row.endedAt?.toISOString() ?? null,
  endedBy: row.endedBy as Agreement["endedBy"],
});

const ofChat = ({ storeId }: Account, chatId: number) =>
  and(eq(telegramAgreements.storeId, storeId), eq(telegramAgreements.chatId, chatId));

/** The live one, then those that ended last. */
export const NEWEST_FIRST = [sql`${telegramAgreements.endedAt} desc nulls first`, desc(telegramAgreements.agreedAt)];

/** What was ever agreed in a chat, the newest first. @throws DomainError `NOT_FOUND` */
export async function listAgreements(ctx: Context, input: AgreementInput): Promise<{ items: Agreement[] }> {
  const account = await requireAccount(ctx, input.accountId);
  const { chatId } = await requireChat(ctx, account, input.chatId);
  requireAccess(ctx, account, chatId, "read");
  const rows = await ctx.db
    .select()
    .from(telegramAgreements)
    .where(ofChat(account, chatId))
    .orderBy(...NEWEST_FIRST)
    .limit(50);
  return { items: rows.map((row) => presentAgreement(account.id, row)) };
}

/**
 * Records by hand that a person agreed to be written to; again, it does nothing. Who wrote `/stop` can agree only by a message of their own.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` after their `/stop`, `VALIDATION` for a chat that is not with a person
 */
export async function recordAgreement(ctx: Context, input: RecordAgreementInput): Promise<Agreement> {
  const { name } = nameOfStaff(requireStaff(ctx.actor, "chats:write"));
  const account = await requireAccount(ctx, input.accountId);
  const { chatId } = await requireChat(ctx, account, input.chatId);
  requireAccess(ctx, account, chatId, "write");
  const { storeId } = account;
  const row = await ctx.db.transaction(async (tx) => {
    const [chat] = await tx
      .select({ type: telegramChats.type, isSelf: telegramChats.isSelf })
      .from(telegramChats)
      .where(and(eq(telegramChats.storeId, storeId), eq(telegramChats.chatId, chatId)))
      .for("update");
    if (chat?.type !== "private" || chat.isSelf) throw chatsError("notPerson");
    const newest = tx.select().from(telegramAgreements).where(ofChat(account, chatId));
    const [before] = await newest.orderBy(...NEWEST_FIRST).limit(1);
    if (before && before.endedAt === null) return before;
    if (before?.endedBy === "stop") throw chatsError("personStopped");
    const [added] = await tx
      .insert(telegramAgreements)
      .values({
        ...{ storeId, chatId, how: "hand", reason: input.reason, agreedAt: ctx.now() },
        ...{ recordedBy: viewerOf(ctx).userId, recordedByName: name },
      })
      .returning();
    if (!added) throw new Error("The agreement was not written");
    await recordAudit(tx, ctx, { action: "bulk.agreementRecorded", target: targetOf(account, chatId) });
    return added;
  });
  return presentAgreement(account.id, row);
}

/** Ends an agreement, as when they said so elsewhere; again, it does nothing. @throws DomainError `NOT_FOUND`, `FORBIDDEN` */
export async function endAgreement(ctx: Context, input: AgreementInput): Promise<void> {
  requireStaff(ctx.actor, "chats:write");
  const account = await requireAccount(ctx, input.accountId);
  const { chatId } = await requireChat(ctx, account, input.chatId);
  requireAccess(ctx, account, chatId, "write");
  const about = { storeId: account.storeId, chatId };
  const appended = await ctx.db.transaction(async (tx) => {
    const ended = await tx
      .update(telegramAgreements)
      .set({ endedAt: ctx.now(), endedBy: "hand" })
      .where(isLive(account.storeId, chatId))
      .returning({ id: telegramAgreements.id });
    if (ended.length === 0) return new Map();
    const bulkIds = await skipQueued(tx, { ...about, reason: "noAgreement", now: ctx.now() });
    await recordAudit(tx, ctx, { action: "bulk.agreementEnded", target: targetOf(account, chatId) });
    const topic = bulkTopic.name(account.id);
    return appendToLogs(
      tx,
      bulkIds.map((bulkId) => ({ topic, payload: { type: "bulkChanged" as const, bulkId } })),
    );
  });
  publishAppended(ctx.bus, appended);
}

const targetOf = ({ id }: Account, chatId: number) => ({ kind: "telegramChat", id: `${id}/${chatId}` });
