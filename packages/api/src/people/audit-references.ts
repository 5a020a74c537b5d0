import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";

/** How the audit log may name a person. */
export interface AuditReferences {
  personIds: readonly string[];
  identities: readonly { namespace: string; externalId: string }[];
  emails: readonly string[];
  /** Of their sessions and merges: what was done to those was done to the person. */
  recordIds: readonly string[];
  conversationIds: readonly number[];
}

const texts = (list: readonly (string | number)[]): SQL =>
  sql`(select jsonb_array_elements_text(${JSON.stringify(list.map(String))}::jsonb))`;

const keysOf = ({ personIds, identities }: AuditReferences): string[] => [
  ...personIds,
  ...identities.map((one) => `${one.namespace}:${one.externalId}`),
];

/** What the person did. */
const byPerson = (references: AuditReferences): SQL => sql`actor_id in ${texts(keysOf(references))}`;

/** What was done to the person, or tells of them. */
function aboutPerson(references: AuditReferences): SQL {
  const named = references.identities.map(
    ({ namespace, externalId }) => sql`jsonb_path_exists(details,
      '$.** ? (@.namespace == $n && @.externalId == $x)', ${JSON.stringify({ n: namespace, x: externalId })}::jsonb)`,
  );
  const mailed = references.emails.map(
    (email) => sql`jsonb_path_exists(details, '$.**.email ? (@ == $e)', ${JSON.stringify({ e: email })}::jsonb)`,
  );
  const merged = sql`details->>'mergedId' in ${texts(references.personIds)}`;
  return sql`(${sql.join(
    [
      sql`target_id in ${texts([...keysOf(references), ...references.recordIds])}`,
      sql`target_kind = 'conversation' and target_id in ${texts(references.conversationIds)}`,
      // An invitation is named after the e-mail it was made for.
      sql`target_kind = 'invitation' and target_name in ${texts(references.emails)}`,
      merged,
      ...named,
      ...mailed,
    ],
    sql` or `,
  )})`;
}

/** Condition on `audit_log`. */
export const mentionsOf = (references: AuditReferences): SQL =>
  sql`(${byPerson(references)} or ${aboutPerson(references)})`;

/** Whether an entry says what the person did, not what was done to them. */
export const isByPerson = (references: AuditReferences, entry: { actorId: string | null }): boolean =>
  entry.actorId !== null && keysOf(references).includes(entry.actorId);

/**
 * Takes a person out of the audit log: what was done stays, with an id that no longer leads to anyone.
 * @returns how many entries named the person
 */
export async function blankAudit(tx: Transaction, references: AuditReferences): Promise<number> {
  const [known] = references.personIds;
  if (!known) return 0;
  const keys = texts(keysOf(references));
  await tx.execute(sql`select set_config('pult.audit_retention', 'on', true)`);
  const rows = rowsOf(
    await tx.execute(sql`
      update audit_log set
        actor_id = case when actor_id in ${keys} then ${known} else actor_id end,
        actor_name = case when ${byPerson(references)} or actor_kind = 'anonymous' then '' else actor_name end,
        ip = case when ${byPerson(references)} or actor_kind = 'anonymous' then '' else ip end,
        user_agent = case when ${byPerson(references)} or actor_kind = 'anonymous' then '' else user_agent end,
        target_id = case when target_id in ${keys} then ${known} else target_id end,
        target_name = case when ${aboutPerson(references)} then null else target_name end,
        details = '{}'::jsonb
      where ${mentionsOf(references)} returning id`),
  );
  await tx.execute(sql`select set_config('pult.audit_retention', 'off', true)`);
  return rows.length;
}
