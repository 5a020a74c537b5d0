import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";

/** A record by its type and id, as associations name it. */
interface Reference {
  crmEntityType: string;
  crmEntityId: string;
}

/** A record of Pult's own, as far as other domains show it. */
export interface Titled {
  id: string;
  title: string;
}

const key = ({ crmEntityType, crmEntityId }: Reference): string => `${crmEntityType}:${crmEntityId}`;

/** Titles of the records among these references; those of an outside CRM have none. */
export async function findTitles(
  db: Database | Transaction,
  references: readonly Reference[],
): Promise<(reference: Reference) => Titled | null> {
  if (references.length === 0) return () => null;
  const wanted = references.map(({ crmEntityType: type, crmEntityId: id }) => ({ type, id }));
  const named = (type: string, table: SQL, title: SQL) => sql`
    select w.type, r.id, ${title} as title from wanted w join ${table} r on r.id = w.id where w.type = ${type}`;
  const rows = rowsOf<Titled & { type: string }>(
    await db.execute(sql`
      with wanted as (select distinct type, id from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as x(type text, id uuid))
      ${named("contact", sql`crm_contacts`, sql`r.name`)} and r.merged_into_id is null
      union all ${named("company", sql`crm_companies`, sql`r.name`)}
      union all ${named("deal", sql`crm_deals`, sql`r.name`)}`),
  );
  const titles = new Map(
    rows.map(({ type, id, title }) => [key({ crmEntityType: type, crmEntityId: id }), { id, title }]),
  );
  return (reference) => titles.get(key(reference)) ?? null;
}

/** Contacts that are these Telegram users, by the user's id. */
export async function findContactsOf(
  db: Database | Transaction,
  userIds: readonly string[],
): Promise<Map<string, string>> {
  if (userIds.length === 0) return new Map();
  const rows = rowsOf<{ userId: string; id: string }>(
    await db.execute(sql`
      select telegram_user_id::text as "userId", id from crm_contacts where merged_into_id is null and telegram_user_id in (
        select x::bigint from jsonb_array_elements_text(${JSON.stringify(userIds)}::jsonb) x)`),
  );
  return new Map(rows.map(({ userId, id }) => [userId, id]));
}

/** How many of these Telegram users are contacts. */
export async function countContactsOf(db: Database | Transaction, userIds: readonly string[]): Promise<number> {
  return (await findContactsOf(db, userIds)).size;
}

/** Whether a contact has refused to be written to. */
export async function hasRefused(db: Database | Transaction, contactId: string): Promise<boolean> {
  const rows = rowsOf(
    await db.execute(sql`
      select 1 from crm_contacts c left join crm_contacts k on k.id = c.merged_into_id
      where c.id = ${contactId} and coalesce(k.consent, c.consent) = 'refused'`),
  );
  return rows.length > 0;
}
