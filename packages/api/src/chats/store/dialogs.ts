import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { TELEGRAM_SERVICE_ID, type TelegramDialog, type TelegramMessage } from "../engine/telegram.ts";
import { insertMessages } from "./messages.ts";
import { instantOf } from "./peers.ts";

const listOf = (ids: readonly number[]): SQL =>
  sql`(select x::bigint from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) x)`;

/**
 * Stores chats of the list with their newest messages, which were told before or belong to a time that is not told.
 * @returns channels that are behind: what they missed has to be asked for
 */
export async function storeDialogs(
  tx: Transaction,
  storeId: string,
  page: { dialogs: readonly TelegramDialog[]; messages: readonly TelegramMessage[] },
): Promise<{ changed: number[]; behind: number[] }> {
  const dialogs = page.dialogs.filter(({ chatId }) => chatId !== TELEGRAM_SERVICE_ID);
  const behind = await selectBehind(tx, storeId, dialogs);
  const tops = new Set(dialogs.map(({ chatId, topMessageId }) => `${chatId}/${topMessageId}`));
  // What a channel missed is told when it is asked for.
  const messages = page.messages.filter(({ chatId, id }) => tops.has(`${chatId}/${id}`) && !behind.has(chatId));
  await insertMessages(tx, storeId, messages);
  const dates = new Map(messages.map(({ chatId, date }) => [chatId, instantOf(date)]));
  const rows = dialogs.map(({ mutedUntil, ...dialog }) => ({
    ...dialog,
    mutedUntil: instantOf(mutedUntil),
    date: dates.get(dialog.chatId) ?? null,
    isBehind: behind.has(dialog.chatId),
  }));
  const stored = rowsOf<{ chatId: number; isOther: boolean }>(
    await tx.execute(sql`
      with given as (select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x("chatId" bigint, "topMessageId" bigint,
        "unreadCount" int, "readInboxMaxId" bigint, "readOutboxMaxId" bigint, "isPinned" boolean, "isArchived" boolean,
        "mutedUntil" timestamptz, pts int, date timestamptz, "isBehind" boolean)),
      before as (
        select c.chat_id,
          not x."isBehind" and (c.has_dialog, c.unread_count, c.is_pinned, c.is_archived, c.top_message_id)
            is distinct from (true, x."unreadCount", x."isPinned", x."isArchived", x."topMessageId") as is_other
        from telegram_chats c join given x on x."chatId" = c.chat_id where c.store_id = ${storeId})
      update telegram_chats c set has_dialog = true,
        unread_count = case when x."isBehind" then c.unread_count else x."unreadCount" end,
        read_inbox_max_id = greatest(c.read_inbox_max_id, x."readInboxMaxId"),
        read_outbox_max_id = greatest(c.read_outbox_max_id, x."readOutboxMaxId"), is_pinned = x."isPinned", is_archived = x."isArchived",
        muted_until = x."mutedUntil", pts = coalesce(c.pts, x.pts),
        top_message_id = case when x."isBehind" then c.top_message_id else greatest(c.top_message_id, nullif(x."topMessageId", 0)) end,
        top_message_at = case when x."isBehind" or x.date is null then coalesce(c.top_message_at, c.created_at) else greatest(c.top_message_at, x.date) end,
        known = case when x."isBehind" then c.known
          else c.known + int8multirange(int8range(greatest(1, x."topMessageId"), null)) end
      from given x join before on before.chat_id = x."chatId" where c.store_id = ${storeId} and c.chat_id = x."chatId"
      returning c.chat_id as "chatId", before.is_other as "isOther"`),
  );
  return { changed: stored.filter(({ isOther }) => isOther).map(({ chatId }) => Number(chatId)), behind: [...behind] };
}

/** Channels whose updates were not applied as far as the list knows of them. */
async function selectBehind(
  tx: Transaction,
  storeId: string,
  dialogs: readonly TelegramDialog[],
): Promise<Set<number>> {
  const counted = dialogs.flatMap(({ chatId, pts }) => (pts === null ? [] : [{ chatId, pts }]));
  const rows = rowsOf<{ chatId: number }>(
    await tx.execute(sql`
      select c.chat_id as "chatId" from telegram_chats c
      join jsonb_to_recordset(${JSON.stringify(counted)}::jsonb) as x("chatId" bigint, pts int) on x."chatId" = c.chat_id
      where c.store_id = ${storeId} and c.pts < x.pts`),
  );
  return new Set(rows.map(({ chatId }) => Number(chatId)));
}

/** What came after the newest stored message of these chats may have been missed. @param chatIds null is all of the account's own counter */
export async function forgetNewest(tx: Transaction, storeId: string, chatIds: readonly number[] | null): Promise<void> {
  const which = chatIds === null ? sql`chat_id > -1000000000000` : sql`chat_id in ${listOf(chatIds)}`;
  await tx.execute(sql`
    update telegram_chats set known = known * int8multirange(int8range(null, coalesce(top_message_id, 0) + 1)), message_count = null
    where store_id = ${storeId} and ${which}`);
}

/** Message ids between which nothing is missing from now on. @param range `to` is not in it; null is no end */
export async function knowRange(
  tx: Transaction,
  storeId: string,
  { chatId, from, to, totalCount }: { chatId: number; from: number; to: number | null; totalCount: number },
): Promise<void> {
  await tx.execute(sql`
    update telegram_chats set known = known + int8multirange(int8range(${from}::bigint, ${to}::bigint)), message_count = ${totalCount}
    where store_id = ${storeId} and chat_id = ${chatId}`);
}
