import { describe, expect, it } from "vitest";
import { rowFixture } from "../testing.ts";
import { composeRows, type FetchedPage, RowOverlay } from "./compose-rows.ts";

const scope = { view: "all", search: "", agentId: "a" } as const;
const page = (ids: number[], askedAt = 0, hasMore = false): FetchedPage => ({
  rows: ids.map((id) => rowFixture(id)),
  hasMore,
  askedAt,
});
const heard = (...rows: ReturnType<typeof rowFixture>[]) => {
  const overlay = new RowOverlay();
  for (const row of rows) overlay.put(row);
  return overlay.rows.getState();
};
const ids = (rows: { id: number }[]) => rows.map((row) => row.id);

describe("composeRows", () => {
  it("moves a conversation to the top when it speaks", () => {
    const moved = rowFixture(1, { lastActivityAt: "2026-11-01T11:00:00.000Z" });
    expect(ids(composeRows([page([3, 2, 1])], heard(moved), scope))).toEqual([1, 3, 2]);
  });

  it("brings in a conversation that was on no page", () => {
    expect(ids(composeRows([page([3, 1])], heard(rowFixture(2)), scope))).toEqual([3, 2, 1]);
  });

  it("leaves out what sorts behind the last page as long as there are more", () => {
    expect(ids(composeRows([page([9, 8], 0, true)], heard(rowFixture(2)), scope))).toEqual([9, 8]);
    expect(ids(composeRows([page([9, 8])], heard(rowFixture(2)), scope))).toEqual([9, 8, 2]);
  });

  it("takes out what no longer belongs", () => {
    expect(ids(composeRows([page([2, 1])], heard(rowFixture(2, { status: "resolved" })), scope))).toEqual([1]);
  });

  it("does not let an answer asked for earlier undo what was heard later", () => {
    const overlay = heard(rowFixture(2, { unreadCount: 4 }));
    expect(composeRows([page([2, 1], 0)], overlay, scope)[0]?.unreadCount).toBe(4);
    expect(composeRows([page([2, 1], 1)], overlay, scope)[0]?.unreadCount).toBe(0);
  });

  it("believes a later page that a conversation heard of before is not in the view", () => {
    expect(ids(composeRows([page([3, 1], 1)], heard(rowFixture(2)), scope))).toEqual([3, 1]);
  });

  it("shows a conversation once when it moved between two pages", () => {
    const second = { ...page([2, 1], 5), rows: [rowFixture(3, { unreadCount: 1 }), rowFixture(2)] };
    const rows = composeRows([page([4, 3], 0, true), second], new Map(), scope);
    expect(ids(rows)).toEqual([4, 3, 2]);
    expect(rows[1]?.unreadCount).toBe(1);
  });

  it("keeps a search to what the server found", () => {
    const rows = composeRows([page([1])], heard(rowFixture(2), rowFixture(1, { unreadCount: 3 })), {
      ...scope,
      search: "x",
    });
    expect(rows.map((row) => [row.id, row.unreadCount])).toEqual([[1, 3]]);
  });
});
