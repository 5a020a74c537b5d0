import type { InfiniteData } from "@tanstack/react-query";

/** A page of a list that begins with the newest. */
export type Page<Row, Before> = { rows: Row[]; nextBefore: Before | null };
export type Pages<Row, Before> = InfiniteData<Page<Row, Before>, unknown>;

export type Order<Row> = {
  idOf: (row: Row) => string | number;
  /** Negative where `a` stands before `b`. */
  compare: (a: Row, b: Row) => number;
};

export const rowsOf = <Row, Before>(pages: Pages<Row, Before> | undefined): Row[] =>
  pages?.pages.flatMap(({ rows }) => rows) ?? [];

/** The list with a row as it is now: in its place when it is known, else where it belongs. What is older than all loaded rows is left out. */
export function putRow<Row, Before>(
  data: Pages<Row, Before>,
  row: Row,
  { idOf, compare }: Order<Row>,
): Pages<Row, Before> {
  const id = idOf(row);
  const isSame = (known: Row) => idOf(known) === id;
  if (data.pages.some(({ rows }) => rows.some(isSame))) return mapRows(data, (known) => (isSame(known) ? row : known));
  const place = data.pages.findIndex(({ rows, nextBefore }) => {
    const last = rows.at(-1);
    return nextBefore === null || (last !== undefined && compare(row, last) < 0);
  });
  if (place < 0) return data;
  const pages = data.pages.map((page, index) =>
    index === place ? { ...page, rows: [...page.rows, row].sort(compare) } : page,
  );
  return { ...data, pages };
}

export const mapRows = <Row, Before>(data: Pages<Row, Before>, change: (row: Row) => Row): Pages<Row, Before> => ({
  ...data,
  pages: data.pages.map((page) => ({ ...page, rows: page.rows.map(change) })),
});

/** The newest `count` rows; the others are loaded again when they are asked for. */
export function keepNewest<Row, Before>(
  data: Pages<Row, Before>,
  count: number,
  beforeOf: (row: Row) => Before,
): Pages<Row, Before> {
  const rows = rowsOf(data).slice(0, count);
  const last = rows.at(-1);
  return { pageParams: [null], pages: [{ rows, nextBefore: last === undefined ? null : beforeOf(last) }] };
}
