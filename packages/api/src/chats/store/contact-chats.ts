import type { Database } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { seesChat, type Viewer, visibleTo } from "../access.ts";

/** A record of the CRM, as columns of a statement. */
export interface ContactColumns {
  /** Their Telegram user. */
  userId: SQL;
  contactId: SQL;
}

/** What is stored of the accounts that a viewer sees; the statement reads it once. */
export const visibleStores = (viewer: Viewer): SQL =>
  sql`array(select store_id from telegram_sessions where store_id is not null and ${visibleTo(viewer) ?? sql`true`})`;

/** A chat `c` of a statement. */
const OF_CHAT = { store: sql`c.store_id`, chat: sql`c.chat_id` };

/** Private chats with a contact in the accounts that a viewer sees: with their Telegram user, and those tied to them; one may be both. */
export const privateChats = (viewer: Viewer, { userId, contactId }: ContactColumns): SQL => sql`
  select c.store_id, c.chat_id from telegram_chats c
  where c.type = 'private' and c.chat_id = ${userId} and c.store_id = any(${visibleStores(viewer)}) and ${seesChat(viewer, OF_CHAT, "metadata")}
  union all
  select c.store_id, c.chat_id from telegram_crm_associations a join telegram_chats c on c.store_id = a.store_id and c.chat_id = a.chat_id
  where a.entity_type = 'contact' and a.entity_id = ${contactId} and c.type = 'private' and a.store_id = any(${visibleStores(viewer)})
    and ${seesChat(viewer, OF_CHAT, "metadata")}`;

/** The newest message of each of these chats; service messages are none. */
const newest = (chats: SQL): SQL => sql`(${chats}) p, lateral (
  select h.date, h.is_outgoing from telegram_history h
  where h.store_id = p.store_id and h.chat_id = p.chat_id and not h.is_service order by h.date desc, h.id desc limit 1) m`;

/** When the newest message with a contact was written, in private chats of the accounts that a viewer sees. */
export const lastMessageAt = (viewer: Viewer, contact: ContactColumns): SQL =>
  sql`(select max(m.date) from ${newest(privateChats(viewer, contact))})`;

/** Whether that message is theirs: an own message from any device answers, reactions and service messages do not count. */
export const isUnanswered = (viewer: Viewer, contact: ContactColumns): SQL =>
  sql`coalesce((select not m.is_outgoing from ${newest(privateChats(viewer, contact))} order by m.date desc limit 1), false)`;

/** A table of one row whose `count` is how many messages were sent since they wrote last, up to a number. */
export const ownSinceTheirs = (viewer: Viewer, contact: ContactColumns, upTo: number): SQL => sql`(
  select count(*)::int as count from (
    select bool_and(m.is_outgoing) over (order by m.date desc, m.id desc) as is_own from (select distinct * from (${privateChats(viewer, contact)}) q) p,
    lateral (
      select h.date, h.id, h.is_outgoing from telegram_history h
      where h.store_id = p.store_id and h.chat_id = p.chat_id and not h.is_service order by h.date desc, h.id desc limit ${upTo}) m
    order by m.date desc, m.id desc limit ${upTo}) newest where is_own)`;

/** A place in a list that is newest first: instant in microseconds, then key. */
export interface TimelinePlace {
  at: string;
  key: string;
}

/** An instant as a `TimelinePlace` has it. */
export const exactOf = (column: SQL): SQL => sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')`;

/** Whether a row comes after a place in a list that is newest first. */
export const isAfter = (place: TimelinePlace | null, { at, key }: { at: SQL; key: SQL }): SQL =>
  place === null
    ? sql`true`
    : sql`(${at} <= ${`${place.at}Z`}::timestamptz and (${exactOf(at)} collate "C", ${key} collate "C") < (${place.at}, ${place.key}))`;

export interface RecordMessage extends TimelinePlace {
  accountId: string;
  chatId: string;
  id: string;
  text: string;
  isOutgoing: boolean;
  /** Its media's type. */
  media: string | null;
}

interface OfRecord {
  viewer: Viewer;
  entity: "contact" | "company" | "deal";
  id: string;
  /** The contact's Telegram user. */
  userId: string | null;
}

/** Chats of a record whose messages a viewer sees; of a group that several of them know, one. */
function chatsOfRecord({ viewer, entity, id, userId }: OfRecord): SQL {
  const group = sql`case when t.chat_id < -1000000000000 then t.chat_id::text else t.store_id || '/' || t.chat_id end`;
  return sql`
    tied as (
      select c.store_id, c.chat_id from telegram_chats c where c.chat_id = ${userId}::bigint and c.store_id = any(${visibleStores(viewer)})
      union
      select a.store_id, a.chat_id from telegram_crm_associations a
      where a.entity_type = ${entity} and a.entity_id = ${id} and a.store_id = any(${visibleStores(viewer)})),
    chats as (
      select distinct on (${group}) t.store_id, t.chat_id, telegram_sessions.id as account_id
      from tied t join telegram_sessions on telegram_sessions.store_id = t.store_id and ${visibleTo(viewer) ?? sql`true`}
      where ${seesChat(viewer, { store: sql`t.store_id`, chat: sql`t.chat_id` }, "read")}
      order by ${group}, telegram_sessions.status = 'AUTHORIZED' desc, telegram_sessions.created_at desc)`;
}

/** Messages of a record's chats in the accounts that a viewer sees, newest first. */
export async function selectRecordMessages(
  db: Database,
  of: OfRecord,
  { before, limit }: { before: TimelinePlace | null; limit: number },
): Promise<RecordMessage[]> {
  const key = sql`('telegram:' || h.store_id || ':' || h.chat_id || ':' || lpad(h.id::text, 19, '0'))`;
  return rowsOf<RecordMessage>(
    await db.execute(sql`
      with ${chatsOfRecord(of)}
      select ${exactOf(sql`m.date`)} as at, m.key, k.account_id as "accountId", m.chat_id::text as "chatId", m.id::text as id, m.text,
        m.is_outgoing as "isOutgoing", m.media->>'type' as media
      from chats k, lateral (
        select h.date, h.chat_id, h.id, h.text, h.is_outgoing, h.media, ${key} as key from telegram_history h
        where h.store_id = k.store_id and h.chat_id = k.chat_id and not h.is_service and ${isAfter(before, { at: sql`h.date`, key })}
        order by h.date desc, h.id desc limit ${limit}) m
      order by m.date desc, m.key collate "C" desc limit ${limit}`),
  );
}

export async function countRecordMessages(db: Database, of: OfRecord): Promise<number> {
  const [row] = rowsOf<{ count: number }>(
    await db.execute(sql`
      with ${chatsOfRecord(of)}
      select count(*)::int as count from chats k join telegram_history h on h.store_id = k.store_id and h.chat_id = k.chat_id and not h.is_service`),
  );
  return row?.count ?? 0;
}
