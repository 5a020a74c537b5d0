import { rowsOf } from "@pult/db/rows.ts";
import { telegramStores } from "@pult/db/schema/chats.ts";
import { eq, type SQL, sql } from "drizzle-orm";
import { isStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import {
  type Account,
  accessOf,
  chatsOf,
  type Door,
  findAccount,
  requireAccess,
  requireAccount,
  requireWorking,
} from "../access.ts";
import { refusalOf } from "../accounts/refusals.ts";
import { countCache } from "../counts.ts";
import { callAccount } from "../engine/asks.ts";
import { TelegramFailure } from "../engine/port.ts";
import { chatsError } from "../errors.ts";
import { chatsTopic } from "../events.ts";
import type { AccountPageInput, ChatInput, ResolveInput } from "../inputs.ts";
import type { Chat, Page } from "../schema.ts";
import { isFresh } from "./freshness.ts";
import { hideRecords, limitChat, selectChats, signChat, type Target } from "./present.ts";

export const emptyPage = <Item>(): Page<Item> => ({ items: [], hasMore: false, totalCount: 0, nextOffsetId: null });

export const targetOf = ({ id, storeId }: Account): Target => ({ accountId: id, storeId });

/** A chat as the caller sees it. */
function showChat(ctx: Context, account: Account, chat: Chat): Chat {
  const shown = account.isOwn ? chat : limitChat(chat, accessOf(ctx, account, chat.id));
  return signChat(ctx, isStaff(ctx.actor, "chats:read") ? shown : hideRecords(shown));
}

/** Text as a pattern that finds it anywhere. */
export const anywhere = (text: string): string => `%${text.replace(/[\\%_]/g, "\\$&")}%`;

/** Calls Telegram for a reader. @throws DomainError as callers are told */
export async function askTelegram<Result>(account: Account, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw refusalOf(error, account.id);
  }
}

/** Place in the list of chats: pinned ones first, then by the newest message. */
const PLACE = /^([01])\.(\d{1,15})\.(-?\d{1,19})$/;

function afterPlace(offsetId: string | undefined): SQL {
  if (offsetId === undefined) return sql`true`;
  const [, pinned, ms, chatId] = PLACE.exec(offsetId) ?? [];
  if (!chatId) throw requestError("invalidField", { field: "offsetId" }, { message: "offsetId: Not one of ours" });
  const at = new Date(Number(ms)).toISOString();
  return sql`(c.is_pinned, c.top_message_at, c.chat_id) < (${pinned === "1"}, ${at}::timestamptz, ${chatId}::bigint)`;
}

async function placeOf(ctx: Context, { storeId }: Target, chatId: string): Promise<string> {
  const [row] = rowsOf<{ place: string }>(
    await ctx.db.execute(sql`
      select (case when is_pinned then '1' else '0' end) || '.' || floor(extract(epoch from top_message_at) * 1000)::bigint || '.' || chat_id as place
      from telegram_chats where store_id = ${storeId} and chat_id = ${chatId}::bigint`),
  );
  return row?.place ?? "";
}

/** The list of chats is there once Telegram has given it. @throws DomainError */
async function waitForList(ctx: Context, account: Account): Promise<void> {
  if (account.row.status !== "AUTHORIZED") return;
  const [store] = await ctx.db
    .select({ dialogsAt: telegramStores.dialogsAt })
    .from(telegramStores)
    .where(eq(telegramStores.id, account.storeId));
  if (!store?.dialogsAt) await askTelegram(account, () => callAccount(ctx, account.id, "dialogs", null));
}

/**
 * Chats of an account: pinned first, then by their newest message.
 * @throws DomainError as `findAccount`, `AUTH_EXPIRED`, `UPSTREAM_FAILED` while the list was never read
 */
export async function listChats(ctx: Context, input: AccountPageInput, door: Door): Promise<Page<Chat>> {
  const account = await findAccount(ctx, input.accountId);
  if (!account) return emptyPage();
  if (door.mustWork) requireWorking(account);
  const after = afterPlace(input.offsetId);
  await waitForList(ctx, account);
  const target = targetOf(account);
  const named = input.query
    ? sql`(c.title ilike ${anywhere(input.query)} or c.username ilike ${anywhere(input.query.replace(/^@/, ""))})`
    : sql`true`;
  const listed = sql`c.has_dialog and ${named} and ${chatsOf(ctx, account, "metadata", sql`c.chat_id`)}`;
  const [count] = rowsOf<{ count: number }>(
    await ctx.db.execute(
      sql`select count(*)::int as count from telegram_chats c where c.store_id = ${account.storeId} and ${listed}`,
    ),
  );
  const found = await selectChats(ctx.db, target, {
    where: sql`${listed} and ${after}`,
    order: sql`c.is_pinned desc, c.top_message_at desc, c.chat_id desc`,
    limit: input.limit + 1,
    now: ctx.now(),
  });
  const items = found.slice(0, input.limit);
  const last = found.length > input.limit ? items.at(-1) : undefined;
  return {
    items: items.map((chat) => showChat(ctx, account, chat)),
    hasMore: last !== undefined,
    totalCount: count?.count ?? 0,
    nextOffsetId: last ? await placeOf(ctx, target, last.id) : null,
  };
}

/** No id of Telegram's is longer than a whole number can be. @throws DomainError `NOT_FOUND` */
export function parseChatId(text: string): number {
  const chatId = Number(text);
  if (!Number.isSafeInteger(chatId)) throw chatsError("chatNotFound");
  return chatId;
}

/** A chat of the account's that the caller sees, in the list or not. @throws DomainError `NOT_FOUND` */
export async function requireChat(
  ctx: Context,
  account: Account,
  chatId: string,
): Promise<{ chatId: number; fullAt: Date | null }> {
  const [row] = rowsOf<{ chatId: number; fullAt: string | null }>(
    await ctx.db.execute(sql`
      select chat_id as "chatId", full_at as "fullAt" from telegram_chats
      where store_id = ${account.storeId} and chat_id = ${parseChatId(chatId)}`),
  );
  if (!row) throw chatsError("chatNotFound");
  requireAccess(ctx, account, chatId, "metadata");
  return { chatId: Number(row.chatId), fullAt: row.fullAt === null ? null : new Date(row.fullAt) };
}

/** The account and the chat that a call names. @throws DomainError `NOT_FOUND`, `AUTH_EXPIRED` */
export async function openChat(
  ctx: Context,
  input: ChatInput,
  door: Door,
): Promise<{ account: Account; chatId: number; fullAt: Date | null }> {
  const account = await findAccount(ctx, input.accountId);
  if (!account) throw chatsError("chatNotFound");
  const chat = await requireChat(ctx, account, input.chatId);
  if (door.mustWork) requireWorking(account);
  return { account, ...chat };
}

/** @throws DomainError `NOT_FOUND`, `AUTH_EXPIRED` */
export async function getChat(ctx: Context, input: ChatInput, door: Door): Promise<Chat> {
  const { account, chatId, fullAt } = await openChat(ctx, input, door);
  const isOld = !isFresh(fullAt, ctx.now(), "chat");
  countCache(ctx, "chat", !isOld);
  // What is stored is an answer too.
  if (isOld && account.row.connection === "connected")
    await callAccount(ctx, account.id, "fullChat", { chatId }).catch((error: unknown) => {
      if (!(error instanceof TelegramFailure)) throw error;
    });
  return readChat(ctx, account, chatId);
}

async function readChat(ctx: Context, account: Account, chatId: number): Promise<Chat> {
  requireAccess(ctx, account, chatId, "metadata");
  const [chat] = await selectChats(ctx.db, targetOf(account), { where: sql`c.chat_id = ${chatId}`, now: ctx.now() });
  if (!chat) throw chatsError("chatNotFound");
  return showChat(ctx, account, chat);
}

const NO_ONE = /_NOT_OCCUPIED$|^USERNAME_INVALID$|^PHONE_NUMBER_INVALID$/;

/** The chat with whom a name or a number belongs to. @throws DomainError `NOT_FOUND`, `AUTH_EXPIRED`, `UPSTREAM_FAILED` */
export async function resolveChat(ctx: Context, { accountId, username, phoneNumber }: ResolveInput): Promise<Chat> {
  if ((username === undefined) === (phoneNumber === undefined))
    throw requestError(
      "invalidField",
      { field: "username" },
      { message: "username: Give a username or a phone number" },
    );
  const account = await requireAccount(ctx, accountId);
  requireWorking(account);
  const input = username === undefined ? { phoneNumber: phoneNumber ?? "" } : { username };
  const { chatId } = await callAccount(ctx, account.id, "resolve", input).catch((error: unknown) => {
    if (error instanceof TelegramFailure && NO_ONE.test(error.reason)) throw chatsError("recipientNotFound");
    throw refusalOf(error, account.id);
  });
  return readChat(ctx, account, chatId);
}

/** Tells that a chat looks otherwise now. */
export async function publishChat(ctx: Context, account: Account, chatId: number): Promise<void> {
  const target = targetOf(account);
  const appended = await ctx.db.transaction(async (tx) => {
    const chats = await selectChats(tx, target, { where: sql`c.chat_id = ${chatId}`, now: ctx.now() });
    const topic = chatsTopic.name(account.id);
    return appendToLogs(
      tx,
      chats.map((chat) => ({ topic, payload: { type: "chatUpdated", accountId: account.id, chat } })),
    );
  });
  publishAppended(ctx.bus, appended);
}
