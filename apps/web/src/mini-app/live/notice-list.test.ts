import type { Notice } from "@pult/api/notices/schema.ts";
import { expect, it } from "vitest";
import { withChanged } from "./notice-list.tsx";

const notice = (id: number, changes: Partial<Notice> = {}): Notice => ({
  ...{ id, kind: "notifications.alert", severity: "normal", title: `Alert ${id}`, body: "", count: 1, target: "live" },
  ...{ at: new Date(id * 1_000).toISOString(), readAt: null, archivedAt: null, snoozedUntil: null, ...changes },
});

it("keeps the newest first, each once and as it is now, without what was put away", () => {
  const read = new Date().toISOString();
  const changed = [notice(1, { at: new Date(9_000).toISOString(), count: 2 }), notice(2, { archivedAt: read })];
  const shown = withChanged([notice(3), notice(2), notice(1)], [...changed, notice(3, { readAt: read })]);
  expect(shown.map(({ id, count, readAt }) => [id, count, readAt])).toEqual([
    [1, 2, null],
    [3, 1, read],
  ]);
});

it("shows no more than twenty", () => {
  const many = Array.from({ length: 30 }, (_, index) => notice(index + 1));
  expect(withChanged(many.slice(0, 20), many.slice(20))).toHaveLength(20);
});
