import type { Entity, Filter, RecordQuery } from "@pult/api/crm/schema.ts";
import { createParser, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";

export const TABS = ["contacts", "companies", "deals"] as const;
export type Tab = (typeof TABS)[number];
export const ENTITY_OF = { contacts: "contact", companies: "company", deals: "deal" } as const satisfies Record<
  Tab,
  Entity
>;
export type Sort = NonNullable<RecordQuery["sort"]>;

const isFilter = (part: unknown): part is [string, Filter["operator"], Filter["value"]] =>
  Array.isArray(part) && typeof part[0] === "string" && typeof part[1] === "string";

/** Filters in the address: a list of `[field, operator, value]`. The server checks what is in them. */
export function parseFilters(text: string): Filter[] | null {
  try {
    const parts: unknown = JSON.parse(text);
    if (!Array.isArray(parts) || !parts.every(isFilter)) return null;
    return parts.map(([field, operator, value]) =>
      value === undefined ? { field, operator } : { field, operator, value },
    );
  } catch {
    return null;
  }
}

export const writeFilters = (filters: readonly Filter[]): string =>
  JSON.stringify(
    filters.map(({ field, operator, value }) => (value === undefined ? [field, operator] : [field, operator, value])),
  );

const parseAsFilters = createParser<Filter[]>({
  parse: parseFilters,
  serialize: writeFilters,
  eq: (a, b) => writeFilters(a) === writeFilters(b),
});

/** `name` ascending, `-name` descending. */
const parseAsSort = createParser<Sort>({
  parse: (text) => {
    const descending = text.startsWith("-");
    const field = descending ? text.slice(1) : text;
    return field === "" ? null : { field, descending };
  },
  serialize: ({ field, descending }) => (descending ? `-${field}` : field),
  eq: (a, b) => a.field === b.field && a.descending === b.descending,
});

const parsers = {
  tab: parseAsStringLiteral(TABS).withDefault("contacts"),
  /** A list that is always there, or a saved view's id; without one, all. */
  segment: parseAsString,
  q: parseAsString.withDefault(""),
  filters: parseAsFilters,
  sort: parseAsSort,
  /** Of deals. */
  mode: parseAsStringLiteral(["board", "list"] as const).withDefault("board"),
  pipeline: parseAsString,
  /** The company or deal whose sheet is open. */
  open: parseAsString,
  /** The sheet of a new one, of the open tab. */
  new: parseAsStringLiteral(["contact", "company", "deal", "import"] as const),
};

/** What belongs in the address: tab, segment, search, filters, order, what is open. */
export function useContactsAddress() {
  const [address, setAddress] = useQueryStates(parsers, { history: "replace", shallow: true });
  return {
    ...address,
    setAddress,
    openTab: (tab: Tab) =>
      setAddress({ tab, segment: null, q: null, filters: null, sort: null, open: null }, { history: "push" }),
    openSegment: (segment: string | null) => setAddress({ segment, filters: null, sort: null }, { history: "push" }),
    openRecord: (open: string | null) => setAddress({ open }),
    openNew: (kind: Entity | "import" | null) => setAddress({ new: kind }),
  };
}
