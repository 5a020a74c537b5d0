import type { Database } from "@pult/db/database.ts";
import { rowsOf, textsIn, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { seesChat, type Viewer, visibleTo } from "../access.ts";
import type { Chat, Message } from "../schema.ts";
import { privateChats } from "./contact-chats.ts";
import { MESSAGE_COLUMNS, type MessageRow, presentMessage } from "./present.ts";

/** A chat as rules see it: what is stored, without asking Telegram. */
export interface ChatFacts {
  accountId: string;
  chatId: string;
  type: Chat["type"];
  title: string;
  firstName: string | null;
  associations: { entityType: string; entityId: string }[];
}

export const chatKey = ({ accountId, chatId }: { accountId: string; chatId: string }): string =>
  `${accountId}/${chatId}`;

/** What is stored of these chats, by `chatKey`. */
export async function selectChatFacts(
  db: Database,
  chats: readonly { accountId: string; chatId: string }[],
): Promise<Map<string, ChatFacts>> {
  if (chats.length === 0) return new Map();
  const rows = rowsOf<ChatFacts>(
    await db.execute(sql`
      select s.id as "accountId", c.chat_id::text as "chatId", c.type, c.title, c.first_name as "firstName",
        coalesce((select jsonb_agg(jsonb_build_object('entityType', a.entity_type, 'entityId', a.entity_id) order by a.created_at, a.id)
          from telegram_crm_associations a where a.store_id = c.store_id and a.chat_id = c.chat_id), '[]'::jsonb) as associations
      from telegram_sessions s join telegram_chats c on c.store_id = s.store_id
      where s.id in ${uuidsIn([...new Set(chats.map(({ accountId }) => accountId))])}
        and s.id || '/' || c.chat_id in ${textsIn(chats.map(chatKey))}`),
  );
  return new Map(rows.map((row) => [chatKey(row), row]));
}

/** Whether nothing older than a message is stored of its chat: with it the chat begins. */
export async function isFirstOfChat(
  db: Database,
  { accountId, chatId, id }: Pick<Message, "accountId" | "chatId" | "id">,
): Promise<boolean> {
  const rows = rowsOf(
    await db.execute(sql`
      select 1 from telegram_sessions s join telegram_history m on m.store_id = s.store_id
      where s.id = ${accountId} and m.chat_id = ${chatId}::bigint and m.id < ${id}::bigint limit 1`),
  );
  return rows.length === 0;
}

/** Whether another linked account sent these words lately with a client id that begins so: to itself Pult looks like a stranger. */
export async function isSentFromHere(
  db: Database,
  { senderId, text, prefix, since }: { senderId: string; text: string; prefix: string; since: Date },
): Promise<boolean> {
  const rows = rowsOf(
    await db.execute(sql`
      select 1 from telegram_stores st join telegram_sends x on x.store_id = st.id
      where st.user_id = ${senderId}::bigint and starts_with(x.client_id, ${prefix}) and x.text = ${text}
        and x.created_at >= ${since.toISOString()}::timestamptz limit 1`),
  );
  return rows.length > 0;
}

/** A stored message with whether its chat begins with it. */
export interface PastMessage {
  message: Message;
  isFirst: boolean;
}

/** The newest messages that a viewer sees since a moment, oldest first. */
export async function selectPastMessages(
  db: Database,
  viewer: Viewer,
  { since, limit }: { since: Date; limit: number },
): Promise<PastMessage[]> {
  const moment = sql`${since.toISOString()}::timestamptz`;
  // Through the chats that had messages since: dates are indexed within each.
  const rows = rowsOf<MessageRow & { accountId: string; isFirst: boolean }>(
    await db.execute(sql`
      select found.account_id as "accountId", ${MESSAGE_COLUMNS}, not exists (
          select 1 from telegram_history e where e.store_id = m.store_id and e.chat_id = m.chat_id and e.id < m.id) as "isFirst"
      from (
        select telegram_sessions.id as account_id, h.* from telegram_sessions join telegram_chats k on k.store_id = telegram_sessions.store_id, lateral (
          select * from telegram_history h where h.store_id = k.store_id and h.chat_id = k.chat_id and h.date >= ${moment}
          order by h.date desc limit ${limit}) h
        where ${visibleTo(viewer) ?? sql`true`} and ${seesChat(viewer, { store: sql`k.store_id`, chat: sql`k.chat_id` }, "read")}
          and (k.top_message_at >= ${moment} or k.top_message_at is null)
        order by h.date desc, h.id desc limit ${limit}) found
      join telegram_history m on m.store_id = found.store_id and m.chat_id = found.chat_id and m.id = found.id
      join telegram_chats c on c.store_id = m.store_id and c.chat_id = m.chat_id left join telegram_files f on f.id = m.media_id
      order by m.date desc, m.id desc`),
  );
  return rows
    .toReversed()
    .map(({ accountId, isFirst, ...row }) => ({ message: presentMessage(accountId, row), isFirst }));
}

/** The private chat with a contact that a viewer sees: of a working account before others, the newest first. */
export async function findContactChat(
  db: Database,
  viewer: Viewer,
  { userId, contactId }: { userId: string | null; contactId: string },
): Promise<{ accountId: string; chatId: string } | null> {
  const contact = { userId: sql`${userId}::bigint`, contactId: sql`${contactId}::uuid` };
  const [row] = rowsOf<{ accountId: string; chatId: string }>(
    await db.execute(sql`
      select telegram_sessions.id as "accountId", c.chat_id::text as "chatId" from (${privateChats(viewer, contact)}) p
      join telegram_chats c on c.store_id = p.store_id and c.chat_id = p.chat_id
      join telegram_sessions on telegram_sessions.store_id = p.store_id and ${visibleTo(viewer) ?? sql`true`}
      order by telegram_sessions.status = 'AUTHORIZED' desc, c.top_message_at desc nulls last limit 1`),
  );
  return row ?? null;
}
