import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { perProcess } from "../../per-process.ts";
import { requireAccess } from "../access.ts";
import { callAccount } from "../engine/asks.ts";
import type { ReadInput, TypingInput } from "../inputs.ts";
import { refusalOfCall } from "../sends/refusals.ts";
import { openChat } from "../store/chats.ts";

/** Telegram shows someone as typing for 6 s. */
const TYPING_MS = 5_000;
const MAX_CHATS = 10_000;

/** When typing was last shown, by account and chat. */
const shown = perProcess(() => new Map<string, number>());

/** Shows the peer that the account types, at most once in 5 s; more is accepted and dropped. @throws DomainError `NOT_FOUND`, `FORBIDDEN`, `AUTH_EXPIRED` */
export async function setTyping(ctx: Context, { action, ...input }: TypingInput): Promise<void> {
  const { account, chatId } = await openChat(ctx, input, { mustWork: true });
  requireAccess(ctx, account, chatId, "write");
  const last = shown(ctx);
  const key = `${account.storeId}/${chatId}`;
  const now = ctx.now().getTime();
  if (action !== "cancel" && now - (last.get(key) ?? 0) < TYPING_MS) return;
  if (last.size >= MAX_CHATS) last.clear();
  if (action === "cancel") last.delete(key);
  else last.set(key, now);
  try {
    await callAccount(ctx, account.id, "typing", { chatId, action });
  } catch (error) {
    throw refusalOfCall(error, account.id);
  }
}

/**
 * Marks a chat as read up to a message, the newest where none is named; never moves back.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN`, `AUTH_EXPIRED`, `RATE_LIMITED`, `UPSTREAM_FAILED`
 */
export async function markRead(
  ctx: Context,
  { maxId, ...input }: ReadInput,
): Promise<{ maxId: string; unreadCount: number }> {
  const { account, chatId } = await openChat(ctx, input, { mustWork: true });
  requireAccess(ctx, account, chatId, "write");
  const where = sql`store_id = ${account.storeId} and chat_id = ${chatId}`;
  const read = async () => {
    const [row] = rowsOf<{ newest: number | null; at: number; unreadCount: number }>(
      await ctx.db.execute(sql`
        select top_message_id as newest, read_inbox_max_id as at, unread_count as "unreadCount" from telegram_chats where ${where}`),
    );
    return { newest: Number(row?.newest ?? 0), at: Number(row?.at ?? 0), unreadCount: row?.unreadCount ?? 0 };
  };
  const { newest, at } = await read();
  const to = Math.min(maxId ?? newest, newest);
  if (to > at) {
    try {
      await callAccount(ctx, account.id, "read", { chatId, maxId: to });
    } catch (error) {
      throw refusalOfCall(error, account.id);
    }
  }
  const after = await read();
  return { maxId: String(after.at), unreadCount: after.unreadCount };
}
