import { telegramAgreements } from "@pult/db/schema/bulk.ts";
import { telegramChats } from "@pult/db/schema/chats.ts";
import { and, eq, inArray } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { readerOf } from "../../crm/records/entities.ts";
import { requireRecord } from "../../crm/records/select.ts";
import { accessOf, requireAccount, selectVisibleAccounts, viewerOf } from "../access.ts";
import { allows } from "../grants.ts";
import { NEWEST_FIRST, presentAgreement } from "./agreements.ts";
import type { ContactAgreement, OfContactInput } from "./schema.ts";

/**
 * What a contact agreed to, for each account that has a chat with them whose messages the caller sees.
 * @throws DomainError `NOT_FOUND`
 */
export async function listOfContact(
  ctx: Context,
  { contactId }: OfContactInput,
): Promise<{ items: ContactAgreement[] }> {
  requireStaff(ctx.actor, "chats:read");
  const { telegramUserId } = await requireRecord(ctx.db, "contact", contactId, readerOf(ctx));
  if (telegramUserId === null) return { items: [] };
  const chatId = Number(telegramUserId);
  const accounts = (await selectVisibleAccounts(ctx.db, viewerOf(ctx))).filter(({ storeId }) => storeId !== null);
  const storeIds = accounts.flatMap(({ storeId }) => storeId ?? []);
  const chats = await ctx.db
    .select({ storeId: telegramChats.storeId })
    .from(telegramChats)
    .where(
      and(
        inArray(telegramChats.storeId, storeIds),
        eq(telegramChats.chatId, chatId),
        eq(telegramChats.hasDialog, true),
        eq(telegramChats.type, "private"),
      ),
    );
  const rows = await ctx.db
    .select()
    .from(telegramAgreements)
    .where(and(inArray(telegramAgreements.storeId, storeIds), eq(telegramAgreements.chatId, chatId)))
    .orderBy(...NEWEST_FIRST);
  const items: ContactAgreement[] = [];
  for (const { id, storeId } of accounts.filter((one) => chats.some((chat) => chat.storeId === one.storeId))) {
    const access = accessOf(ctx, await requireAccount(ctx, id), chatId);
    if (!allows(access, "read")) continue;
    const newest = rows.find((row) => row.storeId === storeId);
    const isLive = newest !== undefined && newest.endedAt === null;
    const mayWrite = allows(access, "write");
    items.push({
      ...{ accountId: id, chatId: String(chatId), agreement: newest ? presentAgreement(id, newest) : null },
      ...{ mayRecord: mayWrite && !isLive && newest?.endedBy !== "stop", mayEnd: mayWrite && isLive },
    });
  }
  return { items };
}
