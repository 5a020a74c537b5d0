import { textsIn } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { type DomainError, requestError } from "../../errors.ts";
import { isStorableInstant } from "../../storable.ts";
import type { Entity, Field, Filter } from "../schema.ts";
import { type Column, type ColumnType, columnOf, columnOfField, type Reader } from "./entities.ts";

type Operator = Filter["operator"];

const EMPTINESS: readonly Operator[] = ["isEmpty", "isSet"];
const OPERATORS: Readonly<Record<ColumnType | "tag", readonly Operator[]>> = {
  text: ["is", "isNot", "contains", "anyOf", ...EMPTINESS],
  uuid: ["is", "isNot", "anyOf", ...EMPTINESS],
  bigint: ["is", "isNot", "anyOf", ...EMPTINESS],
  number: ["is", "isNot", "atLeast", "atMost", ...EMPTINESS],
  instant: ["before", "after", ...EMPTINESS],
  date: ["is", "isNot", "before", "after", ...EMPTINESS],
  boolean: ["is", "isNot"],
  select: ["is", "isNot", "anyOf", ...EMPTINESS],
  multiSelect: ["contains", "anyOf", ...EMPTINESS],
  tag: ["is", "isNot", "anyOf", ...EMPTINESS],
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Whether a value can be compared with a column of a type. */
const FITS: Readonly<Record<ColumnType | "tag", (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  uuid: (value) => typeof value === "string" && UUID.test(value),
  bigint: (value) => typeof value === "string" && /^\d{1,18}$/.test(value),
  number: (value) => typeof value === "number" && Number.isFinite(value),
  instant: (value) => typeof value === "string" && !Number.isNaN(Date.parse(value)) && isStorableInstant(value),
  date: (value) => typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value),
  boolean: (value) => typeof value === "boolean",
  select: (value) => typeof value === "string" && UUID.test(value),
  multiSelect: (value) => typeof value === "string" && UUID.test(value),
  tag: (value) => typeof value === "string" && UUID.test(value),
};

/** A filter that makes no sense. @param at its index */
const refuse = (at: number, part: keyof Filter, problem: string): DomainError =>
  requestError(
    "invalidField",
    { field: "filters" },
    { message: `filters.${at}.${part}: ${problem}`, details: { filters: `${at}.${part}: ${problem}` } },
  );

/** What filters ask of a record `r`. @param of.isWalked records are asked one by one, until a page is full @throws DomainError `VALIDATION` for unknown fields, and operators and values that do not fit them */
export function conditionOf(
  entity: Entity,
  filters: readonly Filter[],
  { fields, reader, isWalked = false }: { fields: readonly Field[]; reader: Reader; isWalked?: boolean },
): SQL {
  const conditions = filters.map(({ field, operator, value }, at) => {
    if (field === "tag") return conditionOfTag(entity, checked("tag", { operator, value }, at));
    const own = fields.find(({ id }) => id === field);
    const column = own ? columnOfField(own) : columnOf(entity, field, reader);
    if (!column) throw refuse(at, "field", "Unknown field");
    const asked = { ...checked(column.type, { operator, value }, at), fieldId: own?.id };
    const { valueOfAll } = column;
    return conditionOfColumn(isWalked || !valueOfAll ? column : { ...column, value: valueOfAll }, asked);
  });
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}

interface Checked {
  operator: Operator;
  /** What the operator compares with: several of `anyOf`, none of `isEmpty` and `isSet`. */
  values: (string | number | boolean)[];
}

function checked(type: ColumnType | "tag", { operator, value }: Omit<Filter, "field">, at: number): Checked {
  if (!OPERATORS[type].includes(operator)) throw refuse(at, "operator", `Not possible with this field: ${operator}`);
  if (EMPTINESS.includes(operator)) return { operator, values: [] };
  const isList = operator === "anyOf";
  if (Array.isArray(value) !== isList) throw refuse(at, "value", isList ? "A list is needed" : "One value is needed");
  const values = Array.isArray(value) ? value : [value];
  if (!values.every(FITS[type])) throw refuse(at, "value", `Does not fit this field (${type})`);
  return { operator, values: values as Checked["values"] };
}

function conditionOfTag(entity: Entity, { operator, values }: Checked): SQL {
  const tagged = (which: SQL) => sql`exists (
    select 1 from crm_tagged g where g.entity = ${entity} and g.entity_id = r.id and ${which})`;
  if (operator === "isSet") return tagged(sql`true`);
  if (operator === "isEmpty") return sql`not ${tagged(sql`true`)}`;
  const has = tagged(sql`g.tag_id::text in ${textsIn(values.map(String))}`);
  return operator === "isNot" ? sql`not ${has}` : has;
}

const CASTS: Readonly<Record<ColumnType, SQL>> = {
  text: sql`text`,
  uuid: sql`uuid`,
  bigint: sql`bigint`,
  number: sql`numeric`,
  instant: sql`timestamptz`,
  date: sql`text`,
  boolean: sql`boolean`,
  select: sql`text`,
  multiSelect: sql`text`,
};

/** Text as a pattern that finds it anywhere. */
export const anywhere = (text: string): string => `%${text.replace(/[\\%_]/g, "\\$&")}%`;

function conditionOfColumn(
  { type, value, ignoresCase }: Column,
  { operator, values, fieldId }: Checked & { fieldId: string | undefined },
): SQL {
  if (operator === "isEmpty") return sql`${value} is null`;
  if (operator === "isSet") return sql`${value} is not null`;
  const given = values.map(String).map((one) => {
    if (type === "instant") return new Date(one).toISOString();
    return ignoresCase ? one.toLowerCase() : one;
  });
  const [first = ""] = given;
  // Not compared with a value: the planner would expect almost none.
  if (type === "boolean") return (operator === "is") === (first === "true") ? value : sql`not ${value}`;
  const operand = sql`${first}::text::${CASTS[type]}`;
  // Served by the index of the fields.
  const holds = (one: unknown) => sql`r.fields @> ${JSON.stringify({ [fieldId ?? ""]: one })}::jsonb`;
  if (type === "multiSelect")
    return sql`(${sql.join(
      given.map((one) => holds([one])),
      sql` or `,
    )})`;
  if (type === "select" && operator !== "isNot")
    return given.length === 0 ? sql`false` : sql`(${sql.join(given.map(holds), sql` or `)})`;
  switch (operator) {
    case "is":
      return sql`${value} = ${operand}`;
    case "isNot":
      return sql`${value} is distinct from ${operand}`;
    case "contains":
      return sql`${value} like ${anywhere(first)}`;
    case "before":
      return sql`${value} < ${operand}`;
    case "after":
    case "atLeast":
      return sql`${value} ${operator === "after" ? sql`>` : sql`>=`} ${operand}`;
    case "atMost":
      return sql`${value} <= ${operand}`;
    default:
      return sql`${value} in (select x::${CASTS[type]} from jsonb_array_elements_text(${JSON.stringify(given)}::jsonb) x)`;
  }
}
