import type { Database, Transaction } from "@pult/db/database.ts";
import { removeRows, rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { identities, people } from "@pult/db/schema/auth.ts";
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Namespace } from "../auth/schema.ts";
import type { Identity, IdentityRef } from "./schema.ts";

type Reader = Database | Transaction;

/** The person behind an identity; null when it was not seen yet. */
export async function findPersonId(db: Reader, { namespace, externalId }: IdentityRef): Promise<string | null> {
  const [row] = await db
    .select({ personId: identities.personId })
    .from(identities)
    .where(and(eq(identities.namespace, namespace), eq(identities.externalId, externalId)));
  return row?.personId ?? null;
}

/** The identities of people, oldest first. */
export async function selectIdentities(db: Reader, personIds: readonly string[]): Promise<Map<string, Identity[]>> {
  if (personIds.length === 0) return new Map();
  const rows = await db
    .select()
    .from(identities)
    .where(inArray(identities.personId, [...personIds]))
    .orderBy(asc(identities.createdAt), identities.namespace, identities.externalId);
  const found = new Map<string, Identity[]>();
  for (const { personId, namespace, externalId, username, proven, createdAt } of rows) {
    const list = found.get(personId) ?? [];
    list.push({ namespace: namespace as Namespace, externalId, username, proven, createdAt: createdAt.toISOString() });
    found.set(personId, list);
  }
  return found;
}

interface KnownName {
  personId: string;
  name: string;
  username: string | null;
}

/** What identities, `<namespace>:<external id>`, are called. */
export async function selectNames(db: Reader, keys: readonly string[]): Promise<Map<string, KnownName>> {
  if (keys.length === 0) return new Map();
  const rows = rowsOf<KnownName & { key: string }>(
    await db.execute(sql`
      select x.key, p.id as "personId", p.name, i.username
      from jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb) x(key)
      join identities i on i.namespace = split_part(x.key, ':', 1) and i.external_id = substr(x.key, strpos(x.key, ':') + 1)
      join people p on p.id = i.person_id`),
  );
  return new Map(rows.map(({ key, ...known }) => [key, known]));
}

interface NewIdentity extends IdentityRef {
  name?: string | null;
  username?: string | null;
  languageCode?: string | null;
}

/**
 * Finds the person behind an identity; a new one becomes the owner's, or gets a person of its own. The first of two at once wins.
 * @returns the person's id
 */
export async function ensureIdentity(
  tx: Transaction,
  ref: NewIdentity,
  owner: { personId: string } | null = null,
): Promise<string> {
  const { namespace, externalId, name, username = null, languageCode = null } = ref;
  const known = await findPersonId(tx, ref);
  if (known) return known;
  const personId = owner?.personId ?? (await insertPerson(tx, { name: name ?? externalId, languageCode }));
  const [inserted] = await tx
    .insert(identities)
    .values({ namespace, externalId, personId, username })
    .onConflictDoNothing()
    .returning({ personId: identities.personId });
  if (inserted) return inserted.personId;
  if (!owner) await tx.delete(people).where(eq(people.id, personId));
  const winner = await findPersonId(tx, ref);
  if (!winner) throw new Error("The identity was not stored");
  return winner;
}

/** The same for many in one statement, each new one with a person of its own. Of two at once the first wins. */
export async function ensureIdentities(tx: Transaction, refs: readonly NewIdentity[]): Promise<void> {
  const rows = refs.map(({ namespace, externalId, name, username, languageCode }) => ({
    ns: namespace,
    ex: externalId,
    name: name ?? externalId,
    un: username ?? null,
    lang: languageCode ?? null,
  }));
  const without = rowsOf<{ id: string }>(
    await tx.execute(sql`
      with fresh as (
        select x.*, gen_random_uuid() as person
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(ns text, ex text, name text, un text, lang text)
        where not exists (select 1 from identities i where i.namespace = x.ns and i.external_id = x.ex)
      ), person as (
        insert into people (id, name, language_code) select person, name, lang from fresh
      ), identity as (
        insert into identities (namespace, external_id, person_id, username) select ns, ex, person, un from fresh
        on conflict do nothing returning person_id
      )
      select person as id from fresh where person not in (select person_id from identity)`),
  );
  if (without.length > 0) await removeRows(tx, "people", sql`id in ${uuidsIn(without.map(({ id }) => id))}`);
}

/** As `ensureIdentities`; an erasure of these waits until the transaction has ended. */
export async function holdIdentities(tx: Transaction, refs: readonly NewIdentity[]): Promise<void> {
  const rows = refs.map(({ namespace, externalId }) => ({ ns: namespace, ex: externalId }));
  for (let held = -1; held < refs.length; ) {
    await ensureIdentities(tx, refs);
    // Fewer when one was erased meanwhile, who begins anew.
    held = rowsOf(
      await tx.execute(sql`
        select 1 from identities i
        join jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(ns text, ex text) on i.namespace = x.ns and i.external_id = x.ex
        order by i.namespace, i.external_id for key share of i`),
    ).length;
  }
}

async function insertPerson(tx: Transaction, person: { name: string; languageCode: string | null }): Promise<string> {
  const [row] = await tx.insert(people).values(person).returning({ id: people.id });
  if (!row) throw new Error("The person was not stored");
  return row.id;
}
