import { problemOf } from "../records/values.ts";
import type { Field, FieldValue } from "../schema.ts";
import { createContactInput } from "../schema.ts";
import { FIXED, type FixedColumn, fieldValueOf, type Mapping } from "./columns.ts";
import { type CsvRecord, splitValues } from "./format.ts";
import { type Problem, type ProblemKey, problem } from "./problems.ts";

export interface ImportError extends Problem {
  line: number;
  /** Its header; null where it is about the whole line. */
  column: string | null;
}

/** A line of a file, checked: only what it says. */
export interface ImportRow {
  line: number;
  id: string | null;
  /** By the names of `createContactInput`. */
  values: Partial<Record<"name" | "email" | "phone" | "username" | "telegramUserId" | "source" | "consent", string>>;
  company: string | null;
  owner: string | null;
  tags: string[];
  fields: Record<string, FieldValue>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const CHECKED = {
  name: "name",
  email: "email",
  phone: "phone",
  username: "username",
  telegram_user_id: "telegramUserId",
  source: "source",
  consent: "consent",
} as const satisfies Partial<Record<FixedColumn, keyof ImportRow["values"]>>;

const isChecked = (target: string): target is keyof typeof CHECKED => Object.hasOwn(CHECKED, target);

/** Reads a line; what does not fit is an error of its column. */
export function readRow(
  { line, cells }: CsvRecord,
  { headers, mapping, fields }: { headers: readonly string[]; mapping: Mapping; fields: readonly Field[] },
): { row: ImportRow; errors: ImportError[] } {
  const row: ImportRow = { line, id: null, values: {}, company: null, owner: null, tags: [], fields: {} };
  const errors: ImportError[] = [];
  const refuse = (at: number | null, key: ProblemKey) =>
    errors.push({ line, column: at === null ? null : (headers[at] ?? null), ...problem(key) });
  if (cells.length > headers.length) refuse(null, "tooManyCells");
  for (const [at, target] of mapping.entries()) {
    const cell = cells[at] ?? "";
    if (target === null || cell.trim() === "") continue;
    const wrong = FIXED.some((fixed) => fixed === target)
      ? readFixed(row, target as FixedColumn, cell)
      : readField(
          row,
          fields.find(({ id }) => id === target),
          cell,
        );
    if (wrong !== null) refuse(at, wrong);
  }
  return { row, errors };
}

/** @returns what is wrong with it */
function readFixed(row: ImportRow, target: FixedColumn, cell: string): ProblemKey | null {
  const text = cell.trim();
  if (isChecked(target)) {
    const name = CHECKED[target];
    const parsed = createContactInput.shape[name].safeParse(target === "consent" ? text.toLowerCase() : text);
    if (!parsed.success) return "invalid";
    row.values[name] = String(parsed.data).replace(name === "username" ? /^@/ : /(?!)/, "");
    return null;
  }
  if (target === "id") {
    if (!UUID.test(text)) return "notAnId";
    row.id = text.toLowerCase();
  } else if (target === "tags") row.tags = splitValues(text);
  else if (target === "company") row.company = text;
  else if (target === "owner") row.owner = text;
  return row.tags.some((name) => name.length > 60) || text.length > 10_000 ? "tooLong" : null;
}

function readField(row: ImportRow, field: Field | undefined, cell: string): ProblemKey | null {
  if (!field) return null;
  const value = fieldValueOf(field, cell);
  if (value === undefined) return null;
  row.fields[field.id] = value;
  return problemOf(field, value) === null ? null : field.type;
}
