import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Contact } from "../schema.ts";
import { type Problem, problem } from "./problems.ts";
import type { ImportError, ImportRow } from "./rows.ts";

/** A contact that is there, as an import compares it. */
export type Existing = Pick<
  Contact,
  | "id"
  | "name"
  | "email"
  | "phone"
  | "username"
  | "telegramUserId"
  | "source"
  | "consent"
  | "companyId"
  | "ownerId"
  | "fields"
> & { tagNames: string[] };

export interface Matched {
  row: ImportRow;
  /** Null: the line is of a new contact. */
  existing: Existing | null;
}

/** By what a contact is recognised, the surest first. */
const KEYS = [
  { of: ({ id }: ImportRow | Existing) => id },
  { of: (one: ImportRow | Existing) => value(one, "telegramUserId") },
  { of: (one: ImportRow | Existing) => value(one, "email")?.toLowerCase() ?? null },
  { of: (one: ImportRow | Existing) => digits(value(one, "phone")) },
  { of: (one: ImportRow | Existing) => value(one, "username")?.toLowerCase() ?? null },
] as const;

const value = (one: ImportRow | Existing, name: "telegramUserId" | "email" | "phone" | "username"): string | null =>
  ("values" in one ? one.values[name] : one[name]) ?? null;

const digits = (phone: string | null): string | null => phone?.replace(/\D/g, "").replace(/^0+/, "") || null;

/** Without a key a contact is its name alone. */
const nameOf = (one: ImportRow | Existing): string | null =>
  KEYS.slice(1).every(({ of }) => of(one) === null) && !("values" in one && one.id !== null)
    ? (("values" in one ? one.values.name : one.name)?.toLowerCase() ?? null)
    : null;

const COLUMNS = sql`r.id, r.name, r.email, r.phone, r.username, r.telegram_user_id::text as "telegramUserId", r.source, r.consent,
  r.company_id as "companyId", r.owner_id as "ownerId", r.fields, coalesce((select jsonb_agg(lower(t.name)) from crm_tagged g
    join crm_tags t on t.id = g.tag_id where g.entity = 'contact' and g.entity_id = r.id), '[]'::jsonb) as "tagNames"`;

/** Locks the contacts that lines may be of, and finds which each is; two lines of one contact are an error of the second. */
export async function matchRows(
  tx: Transaction,
  rows: readonly ImportRow[],
): Promise<{ matched: Matched[]; errors: ImportError[] }> {
  const candidates = await selectCandidates(tx, rows);
  const indexes = [...KEYS.map(({ of }) => of), nameOf].map((of) => ({ of, byKey: indexBy(candidates, of) }));
  const errors: ImportError[] = [];
  const matched: Matched[] = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const existing = findExisting(row, indexes);
    const wrong = problemOf(row, existing, { indexes, seen });
    if (wrong) errors.push({ line: row.line, column: null, ...wrong });
    else matched.push({ row, existing });
  }
  return { matched, errors };
}

type Index = { of(one: ImportRow | Existing): string | null; byKey: ReadonlyMap<string, Existing> };

function indexBy(list: readonly Existing[], of: Index["of"]): Map<string, Existing> {
  const index = new Map<string, Existing>();
  for (const one of list) {
    const key = of(one);
    if (key !== null && !index.has(key)) index.set(key, one);
  }
  return index;
}

function findExisting(row: ImportRow, indexes: readonly Index[]): Existing | null {
  for (const { of, byKey } of indexes) {
    const key = of(row);
    const found = key === null ? undefined : byKey.get(key);
    if (found) return found;
  }
  return null;
}

function problemOf(
  row: ImportRow,
  existing: Existing | null,
  { indexes, seen }: { indexes: readonly Index[]; seen: Map<string, number> },
): Problem | null {
  if (row.id !== null && existing?.id !== row.id) return problem("noContact");
  const user = row.values.telegramUserId ? indexes[1]?.byKey.get(row.values.telegramUserId) : undefined;
  if (user && user.id !== existing?.id) return problem("otherContact");
  if (!existing && !row.values.name) {
    // Address books have numbers without names: such a contact is called by what is known of it.
    const { phone, email, username } = row.values;
    const known = phone ?? email ?? (username && `@${username}`);
    if (!known) return problem("nothingKnown");
    row.values.name = known;
  }
  const keys = existing
    ? [`id:${existing.id}`]
    : indexes.flatMap(({ of }, at) => {
        const key = of(row);
        return key === null ? [] : [`${at}:${key}`];
      });
  const before = keys.map((key) => seen.get(key)).find((line) => line !== undefined);
  if (before !== undefined) return problem("sameContact", { line: before });
  for (const key of keys) seen.set(key, row.line);
  return null;
}

async function selectCandidates(tx: Transaction, rows: readonly ImportRow[]): Promise<Existing[]> {
  const keys = rows.map((row) => ({
    id: row.id,
    tg: row.values.telegramUserId ?? null,
    email: row.values.email?.toLowerCase() ?? null,
    phone: digits(row.values.phone ?? null),
    username: row.values.username?.toLowerCase() ?? null,
    name: nameOf(row),
  }));
  return rowsOf<Existing>(
    await tx.execute(sql`
      with keys as (
        select * from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as x(id uuid, tg bigint, email text, phone text, username text, name text))
      select ${COLUMNS} from crm_contacts r where r.merged_into_id is null and (
        r.id in (select id from keys) or r.telegram_user_id in (select tg from keys) or lower(r.email) in (select email from keys)
        or ltrim(regexp_replace(r.phone, '\\D', '', 'g'), '0') in (select phone from keys) or lower(r.username) in (select username from keys)
        or lower(r.name) in (select name from keys))
      order by r.created_at, r.id for update of r`),
  );
}
