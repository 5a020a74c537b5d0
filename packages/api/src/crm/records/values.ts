import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { selectHolders } from "../../auth/team/holders.ts";
import { invalidField } from "../errors.ts";
import type { Entity, Field, FieldValue } from "../schema.ts";
import { readFields } from "../setup/fields.ts";
import { LIVE, STORED, TABLES } from "./entities.ts";

/** What calls give of a record, by the names that clients have for its columns. */
export type Given = Readonly<Record<string, unknown>>;

/** Columns that calls set. */
const WRITABLE: Readonly<Record<Entity, readonly string[]>> = {
  contact: [
    "name",
    "ownerId",
    "email",
    "phone",
    "username",
    "telegramUserId",
    "personId",
    "companyId",
    "source",
    "consent",
  ],
  company: ["name", "ownerId", "website", "phone"],
  deal: ["name", "ownerId", "amount", "currency", "contactId", "companyId", "nextStep", "nextStepAt"],
};

const NORMAL: Readonly<Record<string, (value: string) => string>> = {
  username: (value) => value.replace(/^@/, ""),
  amount: (value) => {
    const [whole = "0", places = ""] = value.split(".");
    return `${BigInt(whole)}.${places.padEnd(2, "0")}`;
  },
  nextStepAt: (value) => new Date(value).toISOString(),
};

/** The columns that a call gives, as they are stored; an empty text is none. */
export function columnsOf(entity: Entity, given: Given): Record<string, string | null> {
  const values: Record<string, string | null> = {};
  for (const name of WRITABLE[entity]) {
    const value = given[name];
    if (value === undefined) continue;
    values[name] = typeof value === "string" && value !== "" ? (NORMAL[name]?.(value) ?? value) : null;
  }
  return values;
}

const LIVING = (entity: Entity, id: string): SQL =>
  sql`select 1 from ${TABLES[entity]} r where r.id = ${id} and ${LIVE[entity]} for key share`;

/** Refuses references to what is not there. @throws DomainError `VALIDATION` by field */
export async function requireReferences(
  tx: Transaction,
  values: Readonly<Record<string, string | null>>,
): Promise<void> {
  const { ownerId, companyId, contactId, personId } = values;
  const isThere = async (query: SQL) => rowsOf(await tx.execute(query)).length > 0;
  if (ownerId && !(await selectHolders(tx, "chats:read")).includes(ownerId))
    throw invalidField("ownerId", "No agent with access to chats");
  if (contactId && !(await isThere(LIVING("contact", contactId)))) throw invalidField("contactId", "No such contact");
  if (companyId && !(await isThere(LIVING("company", companyId)))) throw invalidField("companyId", "No such company");
  if (personId && !(await isThere(sql`select 1 from people where id = ${personId} and merged_into_id is null`)))
    throw invalidField("personId", "No such person");
}

/** Assignments of columns, for `set` or an `insert`. */
export const storedValues = (entity: Entity, values: Readonly<Record<string, string | null>>) =>
  Object.entries(values).map(([name, value]) => {
    const { column = "", cast = "text" } = STORED[entity][name] ?? {};
    return { column: sql.identifier(column), value: sql`${value}::text::${sql.raw(cast)}` };
  });

/** Custom fields that a call gives, by id: null takes a value away. @throws DomainError `VALIDATION` */
export async function checkFields(
  tx: Transaction,
  entity: Entity,
  given: Readonly<Record<string, FieldValue>>,
): Promise<Record<string, FieldValue>> {
  const ids = Object.keys(given);
  if (ids.length === 0) return {};
  const fields = new Map((await readFields(tx, entity)).map((field) => [field.id, field]));
  const checked: Record<string, FieldValue> = {};
  for (const [id, value] of Object.entries(given)) {
    const field = fields.get(id);
    if (!field) throw invalidField("fields", `${id}: No such field`);
    const problem = problemOf(field, value);
    if (problem) throw invalidField("fields", `${id}: ${problem}`);
    const isEmpty = value === "" || (Array.isArray(value) && value.length === 0);
    checked[id] = isEmpty ? null : Array.isArray(value) ? [...new Set(value)] : value;
  }
  return checked;
}

/** Why a value does not fit a field; null when it does. */
export function problemOf({ type, options }: Field, value: FieldValue): string | null {
  if (value === null) return null;
  const isOption = (one: unknown) => options.some(({ id }) => id === one);
  switch (type) {
    case "text":
      return typeof value === "string" && value.length <= 1_000 ? null : "A text of at most 1,000 characters is needed";
    case "longText":
      return typeof value === "string" ? null : "A text is needed";
    case "number":
      return typeof value === "number" && Number.isFinite(value) ? null : "A number is needed";
    case "date":
      return typeof value === "string" && (value === "" || isDate(value)) ? null : "A date (YYYY-MM-DD) is needed";
    case "checkbox":
      return typeof value === "boolean" ? null : "true or false is needed";
    case "select":
      return value === "" || isOption(value) ? null : "No such option";
    case "multiSelect":
      return Array.isArray(value) && value.every(isOption) ? null : "A list of its options is needed";
  }
}

function isDate(text: string): boolean {
  if (!/^[1-9]\d{3}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
