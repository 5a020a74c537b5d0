import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import { tookTooLong } from "../../readers.ts";
import { type Account, chatsOf, type Door, findAccount, requireAccess, requireWorking } from "../access.ts";
import { countCache } from "../counts.ts";
import { callAccount } from "../engine/asks.ts";
import type { TelegramMessage } from "../engine/telegram.ts";
import { chatsError } from "../errors.ts";
import type { ChatInput, MessagesInput, SearchInput } from "../inputs.ts";
import type { Message, Page } from "../schema.ts";
import { askTelegram, emptyPage, openChat, parseChatId, requireChat, targetOf } from "./chats.ts";
import { instantOf } from "./peers.ts";
import { MESSAGE_COLUMNS, type MessageRow, presentMessage, selectMessages, signMessage } from "./present.ts";
import { readStore } from "./reading.ts";

/** Pages that are fetched for one at most. */
const MAX_FETCHES = 3;

interface Wanted {
  chatId: number;
  limit: number;
  /** Only messages below; null is from the newest. */
  offsetId: number | null;
  offsetDate: Date | null;
}

interface Stored {
  messages: Message[];
  /** Whether nothing is missing between them. */
  isWhole: boolean;
  totalCount: number | null;
}

/**
 * Messages of a chat, newest first. What is stored is read; what is not is fetched and stored first.
 * @throws DomainError `NOT_FOUND`, `AUTH_EXPIRED`, `RATE_LIMITED`, `UPSTREAM_FAILED`
 */
export async function listMessages(ctx: Context, input: MessagesInput, door: Door): Promise<Page<Message>> {
  const account = await findAccount(ctx, input.accountId);
  if (!account) throw chatsError("chatNotFound");
  const { limit, offsetId = null, offsetDate = null } = input;
  const chatId = parseChatId(input.chatId);
  requireAccess(ctx, account, chatId, "read");
  const wanted: Wanted = { chatId, limit, offsetId, offsetDate };
  let stored = await readStored(ctx, account, wanted);
  if (door.mustWork) requireWorking(account);
  countCache(ctx, "messages", stored.isWhole);
  const mayFetch = account.row.status === "AUTHORIZED";
  for (let fetches = 0; !stored.isWhole && mayFetch && fetches < MAX_FETCHES; fetches++)
    stored = await fetchMore(ctx, account, { wanted, stored });
  const { messages, totalCount } = stored;
  const items = messages.slice(0, limit);
  const hasMore = messages.length > limit;
  return {
    items: items.map((message) => signMessage(ctx, message)),
    hasMore,
    totalCount: totalCount ?? (await countStored(ctx, account, chatId)),
    nextOffsetId: hasMore ? (items.at(-1)?.id ?? null) : null,
  };
}

/** In one statement: whether nothing is missing is true of this page. @throws DomainError `NOT_FOUND` */
async function readStored(ctx: Context, account: Account, wanted: Wanted): Promise<Stored> {
  const { chatId, limit, offsetId, offsetDate } = wanted;
  const ofChat = sql`m.store_id = ${account.storeId} and m.chat_id = ${chatId}`;
  const below = offsetId === null ? sql`true` : sql`m.id < ${offsetId}`;
  const before = offsetDate === null ? sql`true` : sql`m.date < ${offsetDate.toISOString()}::timestamptz`;
  // Where a date bounds the page, the message behind it shows that nothing is missing between.
  const next =
    offsetDate === null
      ? sql`select ${offsetId}::bigint as id`
      : sql`select min(m.id) + 1 as id from telegram_history m where ${ofChat} and not (${before}) and ${below}`;
  const [row] = rowsOf<{ rows: MessageRow[]; isWhole: boolean | null; totalCount: number | null }>(
    await readStore(ctx, account.storeId, (db) =>
      db.execute(sql`
      select page.rows, c.message_count as "totalCount",
        c.known @> int8range(page.lowest, case when next.id is null then null else greatest(next.id, page.lowest) end) as "isWhole"
      from telegram_chats c, (${next}) next, lateral (
        select coalesce(json_agg(row), '[]'::json) as rows, case when count(*) > ${limit} then min(row.id) else 1 end as lowest
        from (select ${MESSAGE_COLUMNS} from telegram_history m left join telegram_files f on f.id = m.media_id
          where ${ofChat} and ${below} and ${before} order by m.id desc limit ${limit + 1}) row) page
      where c.store_id = ${account.storeId} and c.chat_id = ${chatId}`),
    ),
  );
  if (!row) throw chatsError("chatNotFound");
  const messages = row.rows.map((one) => presentMessage(account.id, one));
  return { messages, isWhole: row.isWhole ?? false, totalCount: row.totalCount };
}

async function fetchMore(
  ctx: Context,
  account: Account,
  { wanted, stored }: { wanted: Wanted; stored: Stored },
): Promise<Stored> {
  const { chatId, offsetId, offsetDate } = wanted;
  if (offsetDate === null) {
    // Below what is whole already: a page of ours may need more than one of Telegram's.
    const lowest = await lowestKnown(ctx, account, wanted);
    await fetchPage(ctx, account, { chatId, offsetId: lowest ?? offsetId ?? 0, offsetDate: 0 });
    return readStored(ctx, account, wanted);
  }
  const seconds = Math.ceil(offsetDate.getTime() / 1_000);
  const { newestId } = await fetchPage(ctx, account, { chatId, offsetId: offsetId ?? 0, offsetDate: seconds });
  if (newestId === null) return { messages: [], isWhole: true, totalCount: stored.totalCount };
  return readFrom(ctx, account, { ...wanted, offsetId: newestId + 1, offsetDate: null });
}

/** A page below an id, fetched where it is not whole. */
async function readFrom(ctx: Context, account: Account, wanted: Wanted): Promise<Stored> {
  const stored = await readStored(ctx, account, wanted);
  if (stored.isWhole) return stored;
  return { ...(await fetchMore(ctx, account, { wanted, stored })), isWhole: true };
}

const fetchPage = (ctx: Context, account: Account, input: { chatId: number; offsetId: number; offsetDate: number }) =>
  askTelegram(account, () => callAccount(ctx, account.id, "history", input));

/** The lower end of what is whole from where a page begins; null when nothing is. */
async function lowestKnown(ctx: Context, account: Account, { chatId, offsetId }: Wanted): Promise<number | null> {
  const at = offsetId === null ? sql`upper_inf(r)` : sql`r @> ${offsetId - 1}::bigint`;
  const [row] = rowsOf<{ lowest: number }>(
    await ctx.db.execute(sql`
      select lower(r) as lowest from telegram_chats, unnest(known) r
      where store_id = ${account.storeId} and chat_id = ${chatId} and ${at} limit 1`),
  );
  return row ? Number(row.lowest) : null;
}

async function countStored(ctx: Context, { storeId }: Account, chatId: number): Promise<number> {
  const [row] = rowsOf<{ count: number }>(
    await ctx.db.execute(
      sql`select count(*)::int as count from telegram_history where store_id = ${storeId} and chat_id = ${chatId}`,
    ),
  );
  return row?.count ?? 0;
}

/** Messages that Telegram will send later, the next first. @throws DomainError as `listMessages` */
export async function listScheduled(ctx: Context, input: ChatInput, door: Door): Promise<Page<Message>> {
  const { account, chatId } = await openChat(ctx, input, door);
  requireAccess(ctx, account, chatId, "read");
  if (account.row.status !== "AUTHORIZED") return emptyPage();
  const { messages } = await askTelegram(account, () => callAccount(ctx, account.id, "scheduled", { chatId }));
  const sends = rowsOf<{ messageId: number; clientId: string }>(
    await ctx.db.execute(sql`
      select message_id as "messageId", client_id as "clientId" from telegram_sends
      where store_id = ${account.storeId} and chat_id = ${chatId} and state = 'scheduled'`),
  );
  const clientIds = new Map(sends.map(({ messageId, clientId }) => [Number(messageId), clientId]));
  const items = messages
    .toSorted((a, b) => (a.scheduleDate ?? 0) - (b.scheduleDate ?? 0))
    .map((message) => presentScheduled(account.id, message, clientIds.get(message.id) ?? null));
  return { ...emptyPage<Message>(), items, totalCount: items.length };
}

export function presentScheduled(accountId: string, message: TelegramMessage, clientId: string | null): Message {
  const { date, editedDate, replyToMessageId, scheduleDate, ...rest } = message;
  const presented = presentMessage(accountId, {
    ...rest,
    mediaId: null,
    isStored: null,
    date: instantOf(date) ?? "",
    editedAt: instantOf(editedDate),
    replyToId: replyToMessageId,
    clientId,
    readOutboxMaxId: 0,
  });
  return { ...presented, isScheduled: true, scheduleDate: instantOf(scheduleDate ?? date), state: "scheduled" };
}

const PLACE = /^(\d{1,15})\.(-?\d{1,19})\.(\d{1,16})$/;

/** Stored messages with these words, the last one also begun; newest first. @throws DomainError `NOT_FOUND`, `VALIDATION` */
export async function searchMessages(ctx: Context, input: SearchInput): Promise<Page<Message>> {
  const account = await findAccount(ctx, input.accountId);
  if (!account) return emptyPage();
  const inChat = await chatsToSearch(ctx, account, input.chatId);
  const words = input.query.match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length === 0) return emptyPage();
  const pattern = words.map((word, index) => (index === words.length - 1 ? `${word}:*` : word)).join(" & ");
  const matches = sql`m.store_id = ${account.storeId} and to_tsvector('simple', m.text) @@ to_tsquery('simple', ${pattern}) and ${inChat}`;
  const after = afterPlace(input.offsetId);
  const find = async (db: Database | Transaction) => {
    const [found, counted] = await Promise.all([
      selectMessages(db, targetOf(account), {
        where: sql`${matches} and ${after}`,
        order: sql`m.date desc, m.chat_id desc, m.id desc`,
        limit: input.limit + 1,
      }),
      db.execute(sql`select count(*)::int as count from telegram_history m where ${matches}`),
    ]);
    return { found, count: rowsOf<{ count: number }>(counted)[0]?.count ?? 0 };
  };
  const { found, count } = await readStore({ ...ctx, db: ctx.readers.searches }, account.storeId, find).catch(
    (error: unknown) => {
      throw tookTooLong(error) ? chatsError("searchTooLong", {}, { cause: error }) : error;
    },
  );
  const items = found.slice(0, input.limit);
  const last = found.length > input.limit ? items.at(-1) : undefined;
  return {
    items: items.map((message) => signMessage(ctx, message)),
    hasMore: last !== undefined,
    totalCount: count,
    nextOffsetId: last ? `${Date.parse(last.date)}.${last.chatId}.${last.id}` : null,
  };
}

async function chatsToSearch(ctx: Context, account: Account, named: string | undefined): Promise<SQL> {
  if (named === undefined) return chatsOf(ctx, account, "read", sql`m.chat_id`);
  const { chatId } = await requireChat(ctx, account, named);
  requireAccess(ctx, account, chatId, "read");
  return sql`m.chat_id = ${chatId}`;
}

function afterPlace(offsetId: string | undefined) {
  if (offsetId === undefined) return sql`true`;
  const [, ms, chatId, id] = PLACE.exec(offsetId) ?? [];
  if (!id) throw requestError("invalidField", { field: "offsetId" }, { message: "offsetId: Not one of ours" });
  return sql`(m.date, m.chat_id, m.id) < (${new Date(Number(ms)).toISOString()}::timestamptz, ${chatId}::bigint, ${id}::bigint)`;
}
