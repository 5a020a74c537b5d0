import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { FieldValue } from "../schema.ts";

/** Columns that a kept contact takes from the other where it has none itself. */
const COLUMNS = [
  "owner_id",
  "email",
  "phone",
  "username",
  "telegram_user_id",
  "person_id",
  "company_id",
  "source",
] as const;
const CONSENT = ["consent", "consent_at"] as const;

type Row = Readonly<Record<string, string | null>> & { fields: Record<string, FieldValue> };

/** What a merge set: values of columns and custom fields, before and after. */
export interface Filled {
  columns: Record<string, [old: string | null, now: string | null]>;
  fields: Record<string, FieldValue>;
  /** For the history. */
  details: Record<string, [old: unknown, now: unknown]>;
}

const NAMES: Readonly<Record<string, string>> = {
  owner_id: "ownerId",
  telegram_user_id: "telegramUserId",
  person_id: "personId",
  company_id: "companyId",
  consent_at: "consentAt",
};

const readRow = async (tx: Transaction, id: string): Promise<Row> => {
  const columns = [...COLUMNS, ...CONSENT].map((name) => sql`${sql.identifier(name)}::text`);
  const [row] = rowsOf<Row>(
    await tx.execute(sql`select fields, ${sql.join(columns, sql`, `)} from crm_contacts where id = ${id}`),
  );
  if (!row) throw new Error("The contact was locked, and is gone");
  return row;
};

/** Gives the kept contact what it lacks. Of consents a refusal counts. */
export async function fillColumns(
  tx: Transaction,
  { keepId, mergeId, at }: { keepId: string; mergeId: string; at: Date },
): Promise<Filled> {
  const [kept, gone] = [await readRow(tx, keepId), await readRow(tx, mergeId)];
  const columns: Filled["columns"] = {};
  const take = (name: string) => {
    if ((kept[name] ?? null) !== (gone[name] ?? null)) columns[name] = [kept[name] ?? null, gone[name] ?? null];
  };
  for (const name of COLUMNS) if (kept[name] === null) take(name);
  const isWeaker = gone.consent === "refused" ? kept.consent !== "refused" : kept.consent === null;
  if (isWeaker) for (const name of CONSENT) take(name);
  const fields = Object.fromEntries(
    Object.entries(gone.fields).filter(([id]) => kept.fields[id] === undefined || kept.fields[id] === null),
  );
  await assign(
    tx,
    keepId,
    Object.entries(columns).map(([name, [, now]]) => [name, now]),
    { fields: sql`fields || ${JSON.stringify(fields)}::jsonb`, at },
  );
  const details = Object.fromEntries([
    ...Object.entries(columns).map(([name, values]) => [NAMES[name] ?? name, values]),
    ...Object.entries(fields).map(([id, value]) => [id, [null, value]]),
  ]);
  return { columns, fields, details };
}

/** Takes back what a merge gave, where it is still that. */
export async function restoreColumns(
  tx: Transaction,
  { keepId, filled, at }: { keepId: string; filled: Filled; at: Date },
): Promise<void> {
  const kept = await readRow(tx, keepId);
  const columns = Object.entries(filled.columns).filter(([name, [, now]]) => kept[name] === now);
  const fields = Object.entries(filled.fields).filter(
    ([id, value]) => JSON.stringify(kept.fields[id]) === JSON.stringify(value),
  );
  const removed = fields.map(([id]) => id);
  await assign(
    tx,
    keepId,
    columns.map(([name, [old]]) => [name, old]),
    { fields: sql`fields - array(select jsonb_array_elements_text(${JSON.stringify(removed)}::jsonb))`, at },
  );
}

const CASTS: Readonly<Record<string, string>> = {
  owner_id: "uuid",
  telegram_user_id: "bigint",
  person_id: "uuid",
  company_id: "uuid",
  consent_at: "timestamptz",
};

async function assign(
  tx: Transaction,
  id: string,
  columns: readonly (readonly [name: string, value: string | null])[],
  { fields, at }: { fields: ReturnType<typeof sql>; at: Date },
): Promise<void> {
  const assigned = columns.map(
    ([name, value]) => sql`${sql.identifier(name)} = ${value}::text::${sql.raw(CASTS[name] ?? "text")}`,
  );
  const common = [
    sql`fields = ${fields}`,
    sql`version = version + 1`,
    sql`updated_at = ${at.toISOString()}::timestamptz`,
  ];
  await tx.execute(sql`update crm_contacts set ${sql.join([...assigned, ...common], sql`, `)} where id = ${id}`);
}
