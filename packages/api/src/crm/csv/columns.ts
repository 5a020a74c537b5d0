import type { Contact, Field, FieldValue } from "../schema.ts";
import { joinValues, splitValues } from "./format.ts";

/** Columns of a file of contacts that every installation has, in their order. */
export const FIXED = [
  "id",
  "name",
  "email",
  "phone",
  "username",
  "telegram_user_id",
  "company",
  "owner",
  "source",
  "consent",
  "tags",
  "created_at",
  "last_contact_at",
] as const;
export type FixedColumn = (typeof FIXED)[number];

/** Told, never read: an import leaves them alone. */
export const READ_ONLY: readonly string[] = ["created_at", "last_contact_at"];

const FIXED_CELLS: Readonly<Record<FixedColumn, (contact: Contact) => string | null>> = {
  id: ({ id }) => id,
  name: ({ name }) => name,
  email: ({ email }) => email,
  phone: ({ phone }) => phone,
  username: ({ username }) => username,
  telegram_user_id: ({ telegramUserId }) => telegramUserId,
  company: ({ companyName }) => companyName,
  owner: ({ ownerName }) => ownerName,
  source: ({ source }) => source,
  consent: ({ consent }) => consent,
  tags: ({ tags }) => joinValues(tags.map(({ name }) => name)),
  created_at: ({ createdAt }) => createdAt,
  last_contact_at: ({ lastContactAt }) => lastContactAt,
};

/** What a custom field's column is called: its name, unless a column that every installation has is called so. */
export const headerOf = ({ id, name }: Field): string =>
  FIXED.some((fixed) => fixed === name.toLowerCase()) ? `field:${id}` : name;

export const headersOf = (fields: readonly Field[]): string[] => [...FIXED, ...fields.map(headerOf)];

export const cellsOf = (contact: Contact, fields: readonly Field[]): string[] => [
  ...FIXED.map((column) => FIXED_CELLS[column](contact) ?? ""),
  ...fields.map((field) => cellOf(field, contact.fields[field.id] ?? null)),
];

function cellOf({ options }: Field, value: FieldValue): string {
  if (value === null) return "";
  const labelOf = (id: string) => options.find((option) => option.id === id)?.label ?? id;
  if (Array.isArray(value)) return joinValues(value.map(labelOf));
  return typeof value === "string" && options.length > 0 ? labelOf(value) : String(value);
}

const YES = ["true", "yes", "1", "да"];
const NO = ["false", "no", "0", "нет"];

/** A cell as the value of a custom field; a text that is none is refused by who checks values. @returns undefined for an empty cell */
export function fieldValueOf({ type, options }: Field, cell: string): FieldValue | undefined {
  const text = cell.trim();
  if (text === "") return undefined;
  const optionOf = (label: string) =>
    options.find((one) => one.label.toLowerCase() === label.toLowerCase())?.id ?? label;
  switch (type) {
    case "number":
      return /^-?\d+([.,]\d+)?$/.test(text) ? Number(text.replace(",", ".")) : text;
    case "checkbox":
      return YES.includes(text.toLowerCase()) ? true : NO.includes(text.toLowerCase()) ? false : text;
    case "select":
      return optionOf(text);
    case "multiSelect":
      return splitValues(text).map(optionOf);
    case "date":
      return text;
    default:
      return cell;
  }
}

/** What each column of a file is: a fixed column, a custom field's id, or null for what is left out. */
export type Mapping = readonly (string | null)[];

/** Columns by their headers, and as the caller says; `unknown` are targets that are none. */
export function mapColumns(
  headers: readonly string[],
  fields: readonly Field[],
  chosen: Readonly<Record<string, string | null>>,
): { mapping: Mapping; unknown: string[] } {
  const isTarget = (target: string) => FIXED.some((one) => one === target) || fields.some(({ id }) => id === target);
  const unknown = Object.values(chosen).filter((target) => target !== null && !isTarget(target)) as string[];
  const mapping = headers.map((header) => {
    if (Object.hasOwn(chosen, header)) return chosen[header] ?? null;
    const name = header.trim().toLowerCase();
    const fixed = FIXED.find((one) => one === name.replaceAll(" ", "_"));
    return fixed ?? fields.find((field) => headerOf(field).toLowerCase() === name)?.id ?? null;
  });
  return { mapping: mapping.map((target) => (target && READ_ONLY.includes(target) ? null : target)), unknown };
}
