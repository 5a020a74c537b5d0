import type { Database } from "@pult/db/database.ts";
import { rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";

/** The records that a chat is tied to, as rules see them. */
export interface RecordFacts {
  contactIds: string[];
  /** Those tied to the chat, and the open ones of its contacts. */
  dealIds: string[];
  /** Of all these records. */
  tagIds: string[];
  /** Of the deals. */
  stageIds: string[];
}

export interface RecordTies {
  /** The Telegram user of a private chat. */
  userId: string | null;
  contactIds: readonly string[];
  dealIds: readonly string[];
}

/** What is known of a Telegram user and of records that are named. */
export async function selectRecordFacts(
  db: Database,
  { userId, contactIds, dealIds }: RecordTies,
): Promise<RecordFacts> {
  const [row] = rowsOf<RecordFacts>(
    await db.execute(sql`
      with contacts as (
        select c.id from crm_contacts c where c.merged_into_id is null
          and (c.telegram_user_id = ${userId}::bigint or c.id in ${uuidsIn(contactIds)})),
      deals as (
        select d.id, d.stage_id from crm_deals d join crm_stages s on s.id = d.stage_id
        where d.id in ${uuidsIn(dealIds)} or (s.kind = 'open' and d.contact_id in (select id from contacts)))
      select coalesce((select jsonb_agg(id order by id) from contacts), '[]'::jsonb) as "contactIds",
        coalesce((select jsonb_agg(id order by id) from deals), '[]'::jsonb) as "dealIds",
        coalesce((select jsonb_agg(distinct stage_id) from deals), '[]'::jsonb) as "stageIds",
        coalesce((select jsonb_agg(distinct g.tag_id) from crm_tagged g
          where (g.entity = 'contact' and g.entity_id in (select id from contacts))
            or (g.entity = 'deal' and g.entity_id in (select id from deals))), '[]'::jsonb) as "tagIds"`),
  );
  return row ?? { contactIds: [], dealIds: [], tagIds: [], stageIds: [] };
}
