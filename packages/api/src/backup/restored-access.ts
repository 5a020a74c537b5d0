import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { apiKeys, backupCodes, credentials, oneTimeTokens, people, sessions } from "@pult/db/schema/auth.ts";
import { and, eq, gt, isNotNull, isNull, or, sql } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import type { Purpose } from "../auth/one-time.ts";

/** Who gets in after a restore, and by what. */
export interface RestoredAccess {
  /** Sessions of the backup that had not ended: all have now. */
  endedSessions: number;
  /** Links, invitations, tickets and challenges of the backup that could still be used: none can. */
  usedUpTokens: number;
  /** API keys that work now. */
  livingKeys: number;
  /** Those of them that did not work here before: revoked meanwhile, or never known here. */
  revivedKeys: { id: string; name: string }[];
  /** Agents who can sign in now and could not here before: disabled meanwhile, or never known here. Passwords are those of the backup. */
  revivedAgents: { id: string; name: string }[];
  /** Whether the caller's key still works, because the backup has it too. Sessions never do. */
  callerStays: boolean;
}

/** What the tables say, before they are replaced, of who gets in, and of what is used up. */
export async function readFormerAccess(tx: Transaction, now: Date) {
  const agents = await tx.select({ id: credentials.personId }).from(credentials);
  const all = await tx.select({ id: apiKeys.id }).from(apiKeys);
  const open = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(isNull(sessions.revokedAt), gt(sessions.expiresAt, now)));
  return {
    sessionIds: open.map(({ id }) => id),
    /** Of every agent and key that may be connected. @see rightsKey */
    rightsKeys: [...agents.map(({ id }) => `person:${id}`), ...all.map(({ id }) => `key:${id}`)],
    keys: await selectLivingKeys(tx, now),
    /** Agents who could sign in. */
    agentIds: (await selectAgents(tx)).map(({ id }) => id),
    usedUp: await readUsedUp(tx, now),
  };
}
export type FormerAccess = Awaited<ReturnType<typeof readFormerAccess>>;

const INIT_DATA: Purpose = "initData";
const instant = (at: Date) => sql`${at.toISOString()}::timestamptz`;

/** What would be good for one more time where only the backup said what was used. */
async function readUsedUp(tx: Transaction, now: Date) {
  const { tokenHash, expiresAt, purpose, usedAt } = oneTimeTokens;
  return {
    initData: await tx
      .select({ tokenHash, expiresAt })
      .from(oneTimeTokens)
      .where(and(eq(purpose, INIT_DATA), isNotNull(usedAt), gt(expiresAt, now))),
    backupCodes: await tx
      .select({ personId: backupCodes.personId, codeHash: backupCodes.codeHash })
      .from(backupCodes)
      .where(isNotNull(backupCodes.usedAt)),
    totpSteps: await tx
      .select({ personId: credentials.personId, step: credentials.totpLastStep })
      .from(credentials)
      .where(isNotNull(credentials.totpLastStep)),
  };
}

function selectLivingKeys(tx: Transaction, now: Date) {
  const { id, name, keyHash, revokedAt, expiresAt, createdAt } = apiKeys;
  return tx
    .select({ id, name, keyHash })
    .from(apiKeys)
    .where(and(isNull(revokedAt), or(isNull(expiresAt), gt(expiresAt, now))))
    .orderBy(createdAt, id);
}

/** Agents who can sign in. */
function selectAgents(tx: Transaction): Promise<{ id: string; name: string }[]> {
  return tx
    .select({ id: people.id, name: people.name })
    .from(credentials)
    .innerJoin(people, eq(people.id, credentials.personId))
    .where(isNull(credentials.disabledAt))
    .orderBy(credentials.createdAt, people.id);
}

/**
 * A backup would bring back sessions that were ended since, and links that were used: all of them are ended and consumed. What was
 * consumed here stays so. API keys and agents are those of the backup, because others depend on them: the caller is told which ones the
 * restore re-enabled.
 */
export async function endRestoredAccess(
  tx: Transaction,
  { actor, former, now }: { actor: Actor; former: FormerAccess; now: Date },
): Promise<RestoredAccess> {
  const endedSessions = await setAll(tx, { table: "sessions", column: "revoked_at", now });
  const usedUpTokens = await setAll(tx, { table: "one_time_tokens", column: "used_at", now });
  await keepUsedUp(tx, former.usedUp, now);
  const living = await selectLivingKeys(tx, now);
  const before = new Set(former.keys.map(({ keyHash }) => keyHash));
  const revived = living.filter(({ keyHash }) => !before.has(keyHash));
  return {
    endedSessions,
    usedUpTokens,
    livingKeys: living.length,
    revivedKeys: revived.map(({ id, name }) => ({ id, name })),
    revivedAgents: (await selectAgents(tx)).filter(({ id }) => !former.agentIds.includes(id)),
    callerStays: staysIn(actor, former.keys, living),
  };
}

/** @returns how many of them were good for something still */
async function setAll(
  tx: Transaction,
  { table, column, now }: { table: string; column: string; now: Date },
): Promise<number> {
  const name = sql.identifier(column);
  const [row] = rowsOf<{ count: number | string }>(
    await tx.execute(sql`
      with done as (
        update ${sql.identifier(table)} set ${name} = ${instant(now)} where ${name} is null
        returning expires_at > ${instant(now)} as living)
      select count(*) filter (where living) as count from done`),
  );
  return Number(row?.count ?? 0);
}

async function keepUsedUp(tx: Transaction, usedUp: FormerAccess["usedUp"], now: Date): Promise<void> {
  await tx.execute(sql`
    insert into one_time_tokens (token_hash, purpose, data, created_at, expires_at, used_at)
    select line->>'tokenHash', ${INIT_DATA}, '{}'::jsonb, ${instant(now)}, (line->>'expiresAt')::timestamptz, ${instant(now)}
    from jsonb_array_elements(${JSON.stringify(usedUp.initData)}::jsonb) as line
    on conflict (token_hash) do nothing`);
  await tx.execute(sql`
    update backup_codes set used_at = ${instant(now)}
    from jsonb_array_elements(${JSON.stringify(usedUp.backupCodes)}::jsonb) as line
    where used_at is null and person_id = (line->>'personId')::uuid and code_hash = line->>'codeHash'`);
  await tx.execute(sql`
    update credentials set totp_last_step = greatest(totp_last_step, (line->>'step')::bigint)
    from jsonb_array_elements(${JSON.stringify(usedUp.totpSteps)}::jsonb) as line
    where person_id = (line->>'personId')::uuid`);
}

function staysIn(actor: Actor, before: FormerAccess["keys"], after: FormerAccess["keys"]): boolean {
  if (actor.kind === "system") return true;
  if (actor.kind !== "apiKey") return false;
  if (actor.keyId === "bootstrap") return true;
  const own = before.find(({ id }) => id === actor.keyId);
  return own !== undefined && after.some(({ keyHash }) => keyHash === own.keyHash);
}
