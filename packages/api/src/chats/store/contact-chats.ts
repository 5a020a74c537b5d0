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
  select c.store_id, c.chat_id, c.newest_at, c.newest_is_outgoing from telegram_chats c
  where c.type = 'private' and c.chat_id = ${userId} and c.store_id = any(${visibleStores(viewer)}) and ${seesChat(viewer, OF_CHAT, "metadata")}
  union all
  select c.store_id, c.chat_id, c.newest_at, c.newest_is_outgoing
  from telegram_crm_associations a join telegram_chats c on c.store_id = a.store_id and c.chat_id = a.chat_id
  where a.entity_type = 'contact' and a.entity_id = ${contactId} and c.type = 'private' and a.store_id = any(${visibleStores(viewer)})
    and ${seesChat(viewer, OF_CHAT, "metadata")}`;

/** When the newest message with a contact was written, in private chats of the accounts that a viewer sees; service messages are none. */
export const lastMessageAt = (viewer: Viewer, contact: ContactColumns): SQL =>
  sql`(select max(p.newest_at) from (${privateChats(viewer, contact)}) p)`;

/** Whether no message was written with a contact in private chats that a viewer sees. */
export const isWithoutMessages = (viewer: Viewer, { userId, contactId }: ContactColumns): SQL => sql`(
  not exists (select 1 from telegram_chats c
    where c.type = 'private' and c.newest_at is not null and c.chat_id = ${userId} and c.store_id = any(${visibleStores(viewer)})
      and ${seesChat(viewer, OF_CHAT, "metadata")})
  and not exists (select 1 from telegram_crm_associations a join telegram_chats c on c.store_id = a.store_id and c.chat_id = a.chat_id
    where a.entity_type = 'contact' and a.entity_id = ${contactId} and c.type = 'private' and c.newest_at is not null
      and a.store_id = any(${visibleStores(viewer)}) and ${seesChat(viewer, OF_CHAT, "metadata")}))`;

/** Whether that message is theirs: an own message from any device answers, reactions and service messages do not count. */
export const isUnanswered = (viewer: Viewer, contact: ContactColumns): SQL => sql`coalesce((
  select not p.newest_is_outgoing from (${privateChats(viewer, contact)}) p
  where p.newest_at is not null order by p.newest_at desc limit 1), false)`;

/**
 * `isUnanswered` for a statement that asks all contacts: the chats that wait are found once, by their index, and so are people of several accounts,
 * whose newest message may be in another one. Contacts with tied chats, which are few, are asked one by one.
 */
export function isAmongUnanswered(viewer: Viewer, contact: ContactColumns): SQL {
  const visible = visibleStores(viewer);
  const later = { store: sql`l.store_id`, chat: sql`l.chat_id` };
  const ofSeveral = sql`
    select d.chat_id from telegram_chats d where d.newest_at is not null and d.store_id = any(${visible}) group by d.chat_id having count(*) > 1`;
  const waiting = sql`
    select c.chat_id from telegram_chats c
    where not c.newest_is_outgoing and c.store_id = any(${visible}) and ${seesChat(viewer, OF_CHAT, "metadata")}
      and (cardinality(${visible}) = 1 or c.chat_id not in (${ofSeveral}) or not exists (
        select 1 from telegram_chats l where l.chat_id = c.chat_id and l.newest_at is not null and l.store_id = any(${visible})
          and l.newest_at > c.newest_at and ${seesChat(viewer, later, "metadata")}))`;
  const tied = sql`
    select a.entity_id from telegram_crm_associations a where a.entity_type = 'contact' and a.store_id = any(${visible})`;
  const { userId, contactId } = contact;
  return sql`(case when ${contactId} in (${tied}) then ${isUnanswered(viewer, contact)} else coalesce(${userId} in (${waiting}), false) end)`;
}

/** Whether a record has a chat in the accounts that a viewer sees: one that is tied to it, of a contact also that with their Telegram user. */
export function hasChat(
  viewer: Viewer,
  { entity, id, userId }: { entity: OfRecord["entity"]; id: SQL; userId: SQL | null },
): SQL {
  const isSeen = sql`c.store_id = any(${visibleStores(viewer)}) and ${seesChat(viewer, OF_CHAT, "metadata")}`;
  const tied = sql`exists (
    select 1 from telegram_crm_associations a join telegram_chats c on c.store_id = a.store_id and c.chat_id = a.chat_id
    where a.entity_type = ${entity} and a.entity_id = ${id} and ${isSeen})`;
  if (userId === null) return tied;
  return sql`(${tied} or exists (select 1 from telegram_chats c where c.chat_id = ${userId} and c.has_dialog and ${isSeen}))`;
}

/** Where contacts are, for statements that begin with chats. */
export interface ContactTable extends ContactColumns {
  /** A table with its alias. */
  from: SQL;
}

/** A page of a list by time. */
export interface TimePage {
  /** What is asked of a row, given its time. */
  which: (at: SQL) => SQL;
  /** Only chats whose newest message is theirs. */
  isOfWaiting: boolean;
  direction: SQL;
  limit: number;
}

/**
 * A table `(id, at)` of contacts with the newest message of each of their private chats, as the index of each account's chats has them in order; a
 * contact may be in it twice.
 * @param contacts.withUser ids of contacts that are a Telegram user
 */
export const contactsByMessage = (
  viewer: Viewer,
  { from, contactId, withUser }: ContactTable & { withUser: (userId: SQL) => SQL },
  { which, isOfWaiting, direction, limit }: TimePage,
): SQL => sql`
  select x.id, x.at from unnest(${visibleStores(viewer)}) s(id), lateral (
    select ${contactId} as id, c.newest_at as at from telegram_chats c, lateral (
        ${withUser(sql`c.chat_id`)}
        union select a.entity_id from telegram_crm_associations a
        where a.store_id = c.store_id and a.chat_id = c.chat_id and a.entity_type = 'contact') k(id)
      join ${from} on ${contactId} = k.id
    where c.store_id = s.id and ${isOfWaiting ? sql`not c.newest_is_outgoing` : sql`c.newest_at is not null`}
      and ${seesChat(viewer, OF_CHAT, "metadata")} and ${which(sql`c.newest_at`)}
    order by c.newest_at ${direction}, ${contactId} ${direction} limit ${limit}) x`;

/** A table `(id, at, is_own, own)` of contacts, all at once, with the newest message of each of their private chats. */
export const newestOfContacts = (viewer: Viewer, { from, userId, contactId }: ContactTable): SQL => sql`
  select ${contactId} as id, c.newest_at as at, c.newest_is_outgoing as is_own, c.own_since_theirs as own
  from telegram_chats c join ${from} on ${userId} = c.chat_id
  where c.newest_at is not null and c.store_id = any(${visibleStores(viewer)}) and ${seesChat(viewer, OF_CHAT, "metadata")}
  union all
  select a.entity_id, c.newest_at, c.newest_is_outgoing, c.own_since_theirs
  from telegram_crm_associations a join telegram_chats c on c.store_id = a.store_id and c.chat_id = a.chat_id
  where a.entity_type = 'contact' and c.newest_at is not null and a.store_id = any(${visibleStores(viewer)})
    and ${seesChat(viewer, OF_CHAT, "metadata")}`;

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
