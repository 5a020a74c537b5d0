import { type SQL, sql } from "drizzle-orm";
import { type Viewer, visibleTo } from "../access.ts";

/** A record of the CRM, as columns of a statement. */
export interface ContactColumns {
  /** Their Telegram user. */
  userId: SQL;
  contactId: SQL;
}

/** What is stored of the accounts that a viewer sees; the statement reads it once. */
export const visibleStores = (viewer: Viewer): SQL =>
  sql`array(select store_id from telegram_sessions where store_id is not null and ${visibleTo(viewer) ?? sql`true`})`;

/** Private chats with a contact in the accounts that a viewer sees: with their Telegram user, and those tied to them. */
const privateChats = (viewer: Viewer, { userId, contactId }: ContactColumns): SQL => sql`
  select c.store_id, c.chat_id from telegram_chats c
  where c.type = 'private' and c.chat_id = ${userId} and c.store_id = any(${visibleStores(viewer)})
  union
  select c.store_id, c.chat_id from telegram_crm_associations a join telegram_chats c on c.store_id = a.store_id and c.chat_id = a.chat_id
  where a.entity_type = 'contact' and a.entity_id = ${contactId} and c.type = 'private' and a.store_id = any(${visibleStores(viewer)})`;

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
