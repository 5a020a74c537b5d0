import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { crmError } from "../errors.ts";
import type { CrmRecord, Entity } from "../schema.ts";
import { lastContactAt, type Reader, TABLES } from "./entities.ts";

export type RecordOf<Kind extends Entity> = Extract<CrmRecord, { entity: Kind }>;

export const isoOf = (column: SQL): SQL => sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Sums of the open deals that name the record, by currency. */
const openAmounts = (column: SQL): SQL => sql`coalesce((
  select jsonb_object_agg(o.currency, o.total) from (
    select d.currency, sum(d.amount)::text as total from crm_deals d join crm_stages s on s.id = d.stage_id
    where ${column} = r.id and d.amount is not null and s.kind = 'open' group by d.currency) o), '{}'::jsonb)`;

const nameOf = (table: SQL, id: SQL): SQL => sql`(select n.name from ${table} n where n.id = ${id})`;

const commonOf = (entity: Entity): SQL => sql`
  ${entity}::text as entity, r.id, r.name, r.owner_id as "ownerId", ${nameOf(sql`people`, sql`r.owner_id`)} as "ownerName", r.fields,
  coalesce((select jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name) order by lower(t.name)) from crm_tagged g
    join crm_tags t on t.id = g.tag_id where g.entity = ${entity} and g.entity_id = r.id), '[]'::jsonb) as tags,
  r.version, ${isoOf(sql`r.created_at`)} as "createdAt", ${isoOf(sql`r.updated_at`)} as "updatedAt"`;

const COLUMNS: Readonly<Record<Entity, (reader: Reader | null) => SQL>> = {
  contact: (reader) => sql`
    r.email, r.phone, r.username, r.telegram_user_id::text as "telegramUserId", r.person_id as "personId", r.company_id as "companyId",
    ${nameOf(sql`crm_companies`, sql`r.company_id`)} as "companyName", r.source, r.consent, ${isoOf(sql`r.consent_at`)} as "consentAt",
    ${reader ? isoOf(lastContactAt(reader)) : sql`null::text`} as "lastContactAt", ${openAmounts(sql`d.contact_id`)} as "openAmounts"`,
  company: () => sql`
    r.website, r.phone, ${openAmounts(sql`d.company_id`)} as "openAmounts",
    (select count(*)::int from crm_contacts n where n.company_id = r.id and n.merged_into_id is null) as "contactCount"`,
  deal: () => sql`
    r.number, r.stage_id as "stageId", r.position, r.amount::text as amount, r.currency, r.contact_id as "contactId",
    ${nameOf(sql`crm_contacts`, sql`r.contact_id`)} as "contactName", r.company_id as "companyId",
    ${nameOf(sql`crm_companies`, sql`r.company_id`)} as "companyName", r.next_step as "nextStep", ${isoOf(sql`r.next_step_at`)} as "nextStepAt",
    ${isoOf(sql`r.stage_since`)} as "stageSince", ${isoOf(sql`r.closed_at`)} as "closedAt"`,
};

/**
 * Records as clients get them, in the order of their ids; ids of none are left out.
 * @param reader who reads; null for all of staff
 */
export async function selectRecords<Kind extends Entity>(
  db: Database | Transaction,
  entity: Kind,
  ids: readonly string[],
  reader: Reader | null,
): Promise<RecordOf<Kind>[]> {
  if (ids.length === 0) return [];
  const rows = rowsOf<RecordOf<Kind>>(
    await db.execute(sql`
      select ${commonOf(entity)}, ${COLUMNS[entity](reader)} from ${TABLES[entity]} r where r.id in ${uuidsIn(ids)}`),
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** @throws DomainError `NOT_FOUND` */
export async function requireRecord<Kind extends Entity>(
  db: Database | Transaction,
  entity: Kind,
  id: string,
  reader: Reader | null,
): Promise<RecordOf<Kind>> {
  const [record] = await selectRecords(db, entity, [id], reader);
  if (!record) throw crmError("recordNotFound");
  return record;
}
