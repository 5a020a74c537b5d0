import { describe, expect, it } from "vitest";
import { keepNewest, type Pages, putRow, rowsOf } from "./pages.ts";

type Row = { id: number; word?: string };
const ORDER = { idOf: ({ id }: Row) => id, compare: (a: Row, b: Row) => b.id - a.id };

function pagesOf(...pages: number[][]): Pages<Row, number> {
  return {
    pageParams: pages.map(() => null),
    pages: pages.map((ids) => ({ rows: ids.map((id) => ({ id })), nextBefore: ids.at(-1) ?? null })),
  };
}
const ids = (pages: Pages<Row, number>) => rowsOf(pages).map(({ id }) => id);

describe("putRow", () => {
  it("puts a new row first and replaces a known one in its place", () => {
    const added = putRow(pagesOf([5, 4], [3, 2]), { id: 6 }, ORDER);
    expect(ids(added)).toEqual([6, 5, 4, 3, 2]);
    const replaced = putRow(added, { id: 3, word: "new" }, ORDER);
    expect(ids(replaced)).toEqual([6, 5, 4, 3, 2]);
    expect(rowsOf(replaced)[3]).toEqual({ id: 3, word: "new" });
  });

  it("puts a late row where it belongs and leaves out one that is older than what is loaded", () => {
    const pages = pagesOf([9, 7], [5, 4]);
    expect(ids(putRow(pages, { id: 6 }, ORDER))).toEqual([9, 7, 6, 5, 4]);
    expect(putRow(pages, { id: 1 }, ORDER)).toBe(pages);
  });

  it("takes an older row where the list is loaded to its end", () => {
    const pages = pagesOf([9, 7]);
    for (const page of pages.pages) page.nextBefore = null;
    expect(ids(putRow(pages, { id: 1 }, ORDER))).toEqual([9, 7, 1]);
  });
});

describe("keepNewest", () => {
  it("continues after the last row that is kept", () => {
    const kept = keepNewest(pagesOf([9, 8], [7, 6]), 3, ({ id }) => id);
    expect(ids(kept)).toEqual([9, 8, 7]);
    expect(kept.pages[0]?.nextBefore).toBe(7);
    expect(kept.pageParams).toEqual([null]);
  });
});
