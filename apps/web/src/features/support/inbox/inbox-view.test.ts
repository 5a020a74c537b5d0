import { describe, expect, it } from "vitest";
import { rowFixture } from "../testing.ts";
import { belongsTo, changeCounts, VIEWS } from "./inbox-view.ts";

const me = { id: "a", name: "A" };
const views = (row: ReturnType<typeof rowFixture>) => VIEWS.filter((view) => belongsTo(view, row, "a"));

describe("belongsTo", () => {
  it("shows open and pending conversations by assignee", () => {
    expect(views(rowFixture(1, { assignee: me }))).toEqual(["mine", "all"]);
    expect(views(rowFixture(1, { status: "pending" }))).toEqual(["unassigned", "all"]);
    expect(views(rowFixture(1, { assignee: { id: "b", name: "B" } }))).toEqual(["all"]);
  });

  it("shows snoozed and resolved nowhere else", () => {
    expect(views(rowFixture(1, { status: "snoozed", assignee: me }))).toEqual(["snoozed"]);
    expect(views(rowFixture(1, { status: "resolved" }))).toEqual(["resolved"]);
  });
});

describe("changeCounts", () => {
  const counts = { mine: 2, unassigned: 3, all: 9, snoozed: 0, resolved: 1, unread: 5 };

  it("moves a conversation and its unread messages between views", () => {
    const before = rowFixture(1, { unreadCount: 2 });
    const taken = rowFixture(1, { unreadCount: 2, assignee: me });
    expect(changeCounts(counts, { before, after: taken, agentId: "a" })).toEqual({ ...counts, mine: 3, unassigned: 2 });
    const resolved = rowFixture(1, { unreadCount: 0, assignee: me, status: "resolved" });
    expect(changeCounts(counts, { before: taken, after: resolved, agentId: "a" })).toEqual({
      ...counts,
      mine: 1,
      all: 8,
      resolved: 2,
      unread: 3,
    });
  });

  it("never goes below nothing", () => {
    const before = rowFixture(1, { status: "snoozed" });
    expect(changeCounts(counts, { before, after: rowFixture(1), agentId: "a" }).snoozed).toBe(0);
  });
});
