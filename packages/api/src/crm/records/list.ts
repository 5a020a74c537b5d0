import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { invalidField } from "../errors.ts";
import type { ListInput } from "../inputs.ts";
import type { Entity, Field, Page, RecordQuery } from "../schema.ts";
import { readFields } from "../setup/fields.ts";
import { type FoundRow, selectByLastContact } from "./by-last-contact.ts";
import {
  type Column,
  type ColumnType,
  columnOf,
  columnOfField,
  LIVE,
  type Reader,
  readerOf,
  TABLES,
} from "./entities.ts";
import { anywhere, conditionOf } from "./filter.ts";
import { type RecordOf, selectRecords } from "./select.ts";

/** Records that a query finds, page by page. @throws DomainError `VALIDATION` by field */
export async function listRecords<Kind extends Entity>(
  ctx: Context,
  entity: Kind,
  input: ListInput,
): Promise<Page<RecordOf<Kind>>> {
  const { db } = ctx;
  const reader = readerOf(ctx);
  const where = await findingOf(ctx, entity, { ...input, reader });
  const order = await orderOf(ctx, entity, { ...input, reader });
  const byLastContact = entity === "contact" && input.sort?.field === "lastContactAt";
  const [found, counted] = await Promise.all([
    byLastContact
      ? selectByLastContact(db, {
          where: await findingOf(ctx, entity, { ...input, reader, isWalked: true }),
          ...{ reader, place: order.place, limit: input.limit + 1 },
          descending: input.sort?.descending === true,
          isOfWaiting: input.filters.some(asksForUnanswered),
        })
      : db
          .execute(sql`
            select r.id, ${order.key}::text as key from ${TABLES[entity]} r where ${where} and ${order.after}
            order by ${order.by} limit ${input.limit + 1}`)
          .then(rowsOf<FoundRow>),
    db
      .execute(sql`select count(*)::int as count from ${TABLES[entity]} r where ${where}`)
      .then(rowsOf<{ count: number }>),
  ]);
  const shown = found.slice(0, input.limit);
  const last = found.length > input.limit ? shown.at(-1) : undefined;
  return {
    items: await selectRecords(
      db,
      entity,
      shown.map(({ id }) => id),
      reader,
    ),
    hasMore: last !== undefined,
    totalCount: counted[0]?.count ?? 0,
    nextOffsetId: last ? formatPlace([order.name, last.key, last.id]) : null,
  };
}

const asksForUnanswered = ({ field, operator, value }: RecordQuery["filters"][number]): boolean =>
  field === "unanswered" && (operator === "is") === value;

const needsFields = ({ filters, sort }: RecordQuery): boolean => filters.length > 0 || sort !== undefined;

const fieldsFor = async ({ db }: Context, entity: Entity, query: RecordQuery): Promise<Field[]> =>
  needsFields(query) ? readFields(db, entity) : [];

interface Finding extends RecordQuery {
  reader: Reader;
  /** Records are asked one by one, until a page is full. */
  isWalked?: boolean;
}

/** The condition on `r` of a query. @throws DomainError `VALIDATION` by field */
export async function findingOf(ctx: Context, entity: Entity, query: Finding): Promise<SQL> {
  const { reader, filters, isWalked = false } = query;
  const fields = await fieldsFor(ctx, entity, query);
  const words = (query.query ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const conditions = [
    LIVE[entity],
    ...words.map(conditionOfWord),
    conditionOf(entity, filters, { fields, reader, isWalked }),
  ];
  return sql.join(conditions, sql` and `);
}

/** Numbers are found however they are written. */
function conditionOfWord(word: string): SQL {
  const plain = sql`r.words like ${anywhere(word.replace(/^@/, ""))}`;
  const digits = word.replace(/\D/g, "");
  const isPhone = digits.length >= 3 && /^[+\d().-]+$/.test(word) && digits !== word;
  return isPhone ? sql`(${plain} or r.words like ${anywhere(digits)})` : plain;
}

interface Order {
  /** Of the sort: a place of another one is refused. */
  name: string;
  key: SQL;
  by: SQL;
  after: SQL;
  /** The place after which the page begins. */
  place: { key: string | null; id: string } | null;
}

const DEFAULT_SORT: Readonly<Record<Entity, { field: string; descending: boolean }>> = {
  contact: { field: "name", descending: false },
  company: { field: "name", descending: false },
  deal: { field: "number", descending: true },
};

async function orderOf(
  ctx: Context,
  entity: Entity,
  query: RecordQuery & { offsetId?: string | undefined; reader: Reader },
): Promise<Order> {
  const { field, descending } = query.sort ?? DEFAULT_SORT[entity];
  const fields = await fieldsFor(ctx, entity, query);
  const own = fields.find(({ id }) => id === field);
  const column = own ? columnOfField(own) : columnOf(entity, field, query.reader);
  if (!column?.canSort) throw invalidField("sort", "field: Not possible to sort by it");
  const name = `${field}.${descending ? "d" : "a"}`;
  const direction = descending ? sql`desc` : sql`asc`;
  const nulls = column.isNullable && descending ? sql`nulls last` : sql``;
  const place = query.offsetId === undefined ? null : parsePlace(query.offsetId, { name, type: column.type });
  return {
    ...{ name, place },
    key: column.value,
    by: sql`${column.value} ${direction} ${nulls}, r.id ${direction}`,
    after: afterPlace(place, { column, descending }),
  };
}

/** Sort keys that are no text: what they are cast to, and how they are written. */
const KEYS: Readonly<Record<string, { cast: string; shape: RegExp }>> = {
  number: { cast: "numeric", shape: /^-?\d+(\.\d+)?$/ },
  bigint: { cast: "bigint", shape: /^-?\d{1,18}$/ },
  instant: { cast: "timestamptz", shape: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d(:\d\d)?$/ },
  uuid: { cast: "uuid", shape: /^[0-9a-f-]{36}$/ },
  boolean: { cast: "boolean", shape: /^(true|false)$/ },
};
const TEXT_KEY = { cast: "text", shape: /^/ };

/** Records without a value come last, whatever the direction. */
function afterPlace(place: Order["place"], { column, descending }: { column: Column; descending: boolean }): SQL {
  if (place === null) return sql`true`;
  const { key, id } = place;
  const { value, isNullable, type } = column;
  const than = descending ? sql`<` : sql`>`;
  if (key === null) return sql`${value} is null and r.id ${than} ${id}::uuid`;
  const { cast } = KEYS[type] ?? TEXT_KEY;
  const after = sql`(${value}, r.id) ${than} (${key}::text::${sql.raw(cast)}, ${id}::uuid)`;
  return isNullable ? sql`(${after} or ${value} is null)` : after;
}

const UUID = /^[0-9a-f-]{36}$/;

const formatPlace = (place: [name: string, key: string | null, id: string]): string =>
  Buffer.from(JSON.stringify(place)).toString("base64url");

/** @throws DomainError `VALIDATION` for what is no place of this list */
function parsePlace(
  offsetId: string,
  { name, type }: { name: string; type: ColumnType },
): { key: string | null; id: string } {
  const [named, key, id] = decoded(offsetId);
  const isKey = key === null || (typeof key === "string" && (KEYS[type] ?? TEXT_KEY).shape.test(key));
  if (named !== name || !isKey || !UUID.test(String(id)))
    throw invalidField("offsetId", "Not a place of this list; start without one");
  return { key, id: String(id) };
}

function decoded(offsetId: string): unknown[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(offsetId, "base64url").toString());
    return Array.isArray(place) && place.length === 3 ? place : [];
  } catch {
    return [];
  }
}
