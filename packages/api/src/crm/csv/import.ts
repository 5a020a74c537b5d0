import { randomUUID } from "node:crypto";
import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { selectHolders } from "../../auth/team/holders.ts";
import type { Context } from "../../context.ts";
import { invalidField } from "../errors.ts";
import type { ImportCsvInput } from "../inputs.ts";
import { type Author, addChanges, type NewChange, requireAuthor } from "../records/changes.ts";
import { changeRecords } from "../records/publish.ts";
import type { CrmEvent, Field, FieldValue } from "../schema.ts";
import { readFields } from "../setup/fields.ts";
import { type Mapping, mapColumns } from "./columns.ts";
import { parseCsv } from "./format.ts";
import { type Existing, type Matched, matchRows } from "./match.ts";
import { problem } from "./problems.ts";
import { type ImportError, type ImportRow, readRow } from "./rows.ts";

export interface ImportResult {
  /** What each column of the file is taken for: a column, a custom field's id, or null. */
  columns: { header: string; target: string | null }[];
  /** The first lines, as they were read. */
  sample: string[][];
  created: number;
  updated: number;
  unchanged: number;
  /** The first of them. */
  errors: ImportError[];
  errorCount: number;
  /** Whether the counts are what was done; else what would be done. */
  isApplied: boolean;
  /** In the history of what it changed; null when it changed nothing. */
  batch: string | null;
}

const MAX_ROWS = 50_000;
const MAX_ERRORS = 200;
const SAMPLE = 5;

/** Thrown to roll a dry run back. */
class DryRun extends Error {}

/**
 * Adds and changes contacts as a CSV file says. A line's contact is recognised by its id, Telegram user, e-mail, phone number or username, without
 * these by its name; empty cells change nothing, and tags are only added: the same file again changes nothing. All of it is one action, or none.
 * With lines that are wrong it does nothing, unless `skipInvalid`.
 * @throws DomainError `VALIDATION` for what is no CSV, or a target of a column that is none
 */
export async function importCsv(ctx: Context, input: ImportCsvInput): Promise<ImportResult> {
  const author = requireAuthor(ctx);
  const parsed = parseCsv(input.text);
  if (parsed.unclosed !== null) throw invalidField("text", `Line ${parsed.unclosed}: a quote is not closed`);
  const [first, ...records] = parsed.records;
  if (!first) throw invalidField("text", "The file is empty");
  if (records.length > MAX_ROWS) throw invalidField("text", `At most ${MAX_ROWS} lines`);
  const fields = await readFields(ctx.db, "contact");
  const headers = first.cells;
  const { mapping, unknown } = mapColumns(headers, fields, input.columns);
  if (unknown.length > 0) throw invalidField("columns", `${unknown[0]}: no such column`);
  const read = records.map((record) => readRow(record, { headers, mapping, fields }));
  const told = { headers, mapping, sample: records.slice(0, SAMPLE).map(({ cells }) => cells) };
  return apply(ctx, { author, input, read, fields, ...told });
}

interface Work {
  author: Author;
  input: ImportCsvInput;
  read: { row: ImportRow; errors: ImportError[] }[];
  fields: readonly Field[];
  headers: readonly string[];
  mapping: Mapping;
  sample: string[][];
}

async function apply(ctx: Context, work: Work): Promise<ImportResult> {
  const { input, author, read, headers, mapping, sample } = work;
  const batch = randomUUID();
  let result: ImportResult | null = null;
  const run = changeRecords(ctx, async (tx, events) => {
    const bad = read.flatMap(({ errors }) => errors);
    const rows = read.filter(({ errors }) => errors.length === 0).map(({ row }) => row);
    const { matched, errors } = await matchRows(tx, rows);
    const owners = await ownersOf(tx, matched);
    const known = matched.filter(({ row }) => row.owner === null || owners.has(row.owner.toLowerCase()));
    const unowned = matched
      .filter((one) => !known.includes(one))
      .map(({ row }) => ({ line: row.line, column: "owner", ...problem("noOwner") }));
    const all = [...bad, ...errors, ...unowned].sort((a, b) => a.line - b.line);
    const isApplied = !input.dryRun && (all.length === 0 || input.skipInvalid);
    const counts = await write(tx, { matched: known, owners, author, at: ctx.now(), batch });
    const changed = counts.created + counts.updated > 0;
    result = {
      columns: headers.map((header, at) => ({ header, target: mapping[at] ?? null })),
      sample,
      ...counts,
      errors: all.slice(0, MAX_ERRORS),
      errorCount: all.length,
      isApplied,
      batch: isApplied && changed ? batch : null,
    };
    if (!isApplied) throw new DryRun();
    events.push(...eventsOf(counts.created + counts.updated));
  });
  await run.catch((error: unknown) => {
    if (!(error instanceof DryRun)) throw error;
  });
  if (!result) throw new Error("The import said nothing");
  return result;
}

const eventsOf = (count: number): CrmEvent[] =>
  count === 0 ? [] : [{ type: "setupChanged" }, { type: "manyChanged", entity: "contact", count }];

/** Agents by their names, where one alone has it. */
async function ownersOf(tx: Transaction, matched: readonly Matched[]): Promise<Map<string, string>> {
  if (matched.every(({ row }) => row.owner === null)) return new Map();
  const holders = await selectHolders(tx, "chats:read");
  const people = rowsOf<{ name: string; ids: string[] }>(
    await tx.execute(sql`
      select lower(name) as name, jsonb_agg(id) as ids from people
      where id::text in (select * from jsonb_array_elements_text(${JSON.stringify(holders)}::jsonb)) group by lower(name) having count(*) = 1`),
  );
  return new Map(people.map(({ name, ids }) => [name, ids[0] ?? ""]));
}

interface Writing {
  matched: readonly Matched[];
  owners: ReadonlyMap<string, string>;
  author: Author;
  at: Date;
  batch: string;
}

/** A contact as it will be. */
interface Target {
  id: string;
  isNew: boolean;
  columns: Record<string, string | null>;
  fields: Record<string, FieldValue>;
  tags: string[];
  details: Record<string, unknown>;
}

async function write(tx: Transaction, { matched, owners, author, at, batch }: Writing) {
  const companies = await namesToIds(
    tx,
    "crm_companies",
    matched.flatMap(({ row }) => row.company ?? []),
    { author, at },
  );
  const tags = await namesToIds(
    tx,
    "crm_tags",
    matched.flatMap(({ row }) => row.tags),
    { author, at },
  );
  const targets = matched.map((one) => targetOf(one, { owners, companies, at }));
  const changing = targets.filter(({ isNew, details }) => isNew || Object.keys(details).length > 0);
  await storeContacts(tx, changing, { author, at });
  await storeTags(tx, changing, tags);
  const lines = changing.map(
    ({ id, isNew, details }): NewChange => ({
      ...{ entity: "contact", entityId: id, batch, details },
      kind: isNew ? "created" : "updated",
    }),
  );
  for (let from = 0; from < lines.length; from += 1_000)
    await addChanges(tx, { author, at }, lines.slice(from, from + 1_000));
  const created = changing.filter(({ isNew }) => isNew).length;
  return { created, updated: changing.length - created, unchanged: matched.length - changing.length };
}

/** Ids of companies or tags by their names in lower case; those that are not there are made. */
async function namesToIds(
  tx: Transaction,
  table: "crm_companies" | "crm_tags",
  names: readonly string[],
  { author, at }: { author: Author; at: Date },
): Promise<Map<string, string>> {
  const wanted = [...new Map(names.map((name) => [name.toLowerCase(), name])).values()];
  if (wanted.length === 0) return new Map();
  const name = sql.identifier(table);
  const list = sql`jsonb_array_elements_text(${JSON.stringify(wanted)}::jsonb)`;
  const moment = sql`${at.toISOString()}::timestamptz`;
  const missing = sql`from ${list} w where not exists (select 1 from ${name} t where lower(t.name) = lower(w))`;
  await tx.execute(
    table === "crm_tags"
      ? sql`insert into crm_tags (name, created_at) select w, ${moment} ${missing} on conflict do nothing`
      : sql`insert into crm_companies (name, created_by, created_at, updated_at) select w, ${author.id}, ${moment}, ${moment} ${missing}`,
  );
  const rows = rowsOf<{ name: string; id: string }>(
    await tx.execute(sql`
      select distinct on (lower(t.name)) lower(t.name) as name, t.id from ${name} t
      where lower(t.name) in (select lower(w) from ${list} w) order by lower(t.name), t.created_at, t.id`),
  );
  return new Map(rows.map(({ name: key, id }) => [key, id]));
}

function targetOf(
  { row, existing }: Matched,
  { owners, companies, at }: { owners: ReadonlyMap<string, string>; companies: ReadonlyMap<string, string>; at: Date },
): Target {
  const given: Record<string, string> = {
    ...row.values,
    ...(row.company === null ? {} : { companyId: companies.get(row.company.toLowerCase()) ?? "" }),
    ...(row.owner === null ? {} : { ownerId: owners.get(row.owner.toLowerCase()) ?? "" }),
  };
  const old = (existing ?? {}) as Readonly<Record<string, string | null>>;
  const details: Target["details"] = {};
  for (const [name, value] of Object.entries(given))
    if ((old[name] ?? null) !== value) details[name] = existing ? [old[name] ?? null, value] : value;
  for (const [id, value] of Object.entries(row.fields)) {
    const was = existing?.fields[id] ?? null;
    if (JSON.stringify(was) !== JSON.stringify(value)) details[id] = existing ? [was, value] : value;
  }
  const tags = row.tags.filter((tag) => !existing?.tagNames.includes(tag.toLowerCase()));
  if (tags.length > 0) details.tags = tags;
  const consent: Record<string, string> = details.consent === undefined ? {} : { consentAt: at.toISOString() };
  return {
    id: existing?.id ?? randomUUID(),
    isNew: existing === null,
    columns: { ...columnsOf(existing), ...given, ...consent },
    fields: { ...existing?.fields, ...row.fields },
    tags,
    details,
  };
}

const columnsOf = (existing: Existing | null): Record<string, string | null> => {
  if (!existing) return {};
  const { id: _, fields: __, tagNames: ___, ...columns } = existing;
  return columns;
};

async function storeContacts(
  tx: Transaction,
  targets: readonly Target[],
  { author, at }: { author: Author; at: Date },
) {
  const moment = sql`${at.toISOString()}::timestamptz`;
  const rows = targets.map(({ id, columns, fields }) => ({ id, fields, ...columns }));
  const source = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id uuid, name text, email text, phone text, username text,
    "telegramUserId" bigint, source text, consent text, "consentAt" timestamptz, "companyId" uuid, "ownerId" uuid, fields jsonb)`;
  await tx.execute(sql`
    insert into crm_contacts as c (id, name, email, phone, username, telegram_user_id, source, consent, consent_at, company_id, owner_id, fields,
      created_by, created_at, updated_at)
    select x.id, x.name, x.email, x.phone, x.username, x."telegramUserId", x.source, x.consent, x."consentAt", x."companyId", x."ownerId", x.fields,
      ${author.id}, ${moment}, ${moment} from ${source}
    on conflict (id) do update set name = excluded.name, email = excluded.email, phone = excluded.phone, username = excluded.username,
      telegram_user_id = excluded.telegram_user_id, source = excluded.source, consent = excluded.consent,
      consent_at = coalesce(excluded.consent_at, c.consent_at), company_id = excluded.company_id, owner_id = excluded.owner_id,
      fields = excluded.fields, version = c.version + 1, updated_at = excluded.updated_at`);
}

async function storeTags(
  tx: Transaction,
  targets: readonly Target[],
  tags: ReadonlyMap<string, string>,
): Promise<void> {
  const rows = targets.flatMap(({ id, tags: names }) =>
    names.map((name) => ({ id, tag: tags.get(name.toLowerCase()) ?? null })),
  );
  await tx.execute(sql`
    insert into crm_tagged (tag_id, entity, entity_id) select x.tag, 'contact', x.id
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id uuid, tag uuid) on conflict do nothing`);
}
