import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";

/** By what the audit log may name somebody. */
export interface Traces {
  personIds: readonly string[];
  identities: readonly { namespace: string; externalId: string }[];
  emails: readonly string[];
  /** Of his sessions and merges: what was done to those was done to him. */
  recordIds: readonly string[];
  conversationIds: readonly number[];
}

const texts = (list: readonly (string | number)[]): SQL =>
  sql`(select jsonb_array_elements_text(${JSON.stringify(list.map(String))}::jsonb))`;

const keysOf = ({ personIds, identities }: Traces): string[] => [
  ...personIds,
  ...identities.map((one) => `${one.namespace}:${one.externalId}`),
];

/** What he did. */
const byHim = (traces: Traces): SQL => sql`actor_id in ${texts(keysOf(traces))}`;

/** What was done to him, or tells of him. */
function aboutHim(traces: Traces): SQL {
  const named = traces.identities.map(
    ({ namespace, externalId }) => sql`jsonb_path_exists(details,
      '$.** ? (@.namespace == $n && @.externalId == $x)', ${JSON.stringify({ n: namespace, x: externalId })}::jsonb)`,
  );
  const mailed = traces.emails.map(
    (email) => sql`jsonb_path_exists(details, '$.**.email ? (@ == $e)', ${JSON.stringify({ e: email })}::jsonb)`,
  );
  const merged = sql`details->>'mergedId' in ${texts(traces.personIds)}`;
  return sql`(${sql.join(
    [
      sql`target_id in ${texts([...keysOf(traces), ...traces.recordIds])}`,
      sql`target_kind = 'conversation' and target_id in ${texts(traces.conversationIds)}`,
      // Invitations are called by whom they are for.
      sql`target_kind = 'invitation' and target_name in ${texts(traces.emails)}`,
      merged,
      ...named,
      ...mailed,
    ],
    sql` or `,
  )})`;
}

/** Condition on `audit_log`. */
export const tracesOf = (traces: Traces): SQL => sql`(${byHim(traces)} or ${aboutHim(traces)})`;

/** Whether an entry says what he did himself, not what was done to him. */
export const isByHim = (traces: Traces, entry: { actorId: string | null }): boolean =>
  entry.actorId !== null && keysOf(traces).includes(entry.actorId);

/**
 * Takes a person out of the audit log: that something was done stays, by whom only as an id that means nobody any more.
 * @returns how many entries told of him
 */
export async function blankAudit(tx: Transaction, traces: Traces): Promise<number> {
  const [known] = traces.personIds;
  if (!known) return 0;
  const keys = texts(keysOf(traces));
  await tx.execute(sql`select set_config('pult.audit_retention', 'on', true)`);
  const rows = rowsOf(
    await tx.execute(sql`
      update audit_log set
        actor_id = case when actor_id in ${keys} then ${known} else actor_id end,
        actor_name = case when ${byHim(traces)} or actor_kind = 'anonymous' then '' else actor_name end,
        ip = case when ${byHim(traces)} or actor_kind = 'anonymous' then '' else ip end,
        user_agent = case when ${byHim(traces)} or actor_kind = 'anonymous' then '' else user_agent end,
        target_id = case when target_id in ${keys} then ${known} else target_id end,
        target_name = case when ${aboutHim(traces)} then null else target_name end,
        details = '{}'::jsonb
      where ${tracesOf(traces)} returning id`),
  );
  await tx.execute(sql`select set_config('pult.audit_retention', 'off', true)`);
  return rows.length;
}
