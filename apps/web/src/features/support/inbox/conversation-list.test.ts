import { expect, it } from "vitest";
import { rowsMoved } from "./conversation-list.tsx";

it("keeps the read rows in place when conversations come in above", () => {
  expect(rowsMoved([1, 2, 3, 4], [9, 8, 1, 2, 3, 4], 2)).toBe(2);
});

it("goes by the next row when the first visible one itself moved up", () => {
  expect(rowsMoved([1, 2, 3, 4, 5, 6, 7], [6, 1, 2, 3, 4, 5, 7], 5)).toBe(0);
});

it("shows the newest at the top", () => {
  expect(rowsMoved([1, 2], [9, 1, 2], 0)).toBe(0);
});

it("follows when something above goes away", () => {
  expect(rowsMoved([1, 2, 3, 4, 5], [2, 3, 4, 5], 2)).toBe(-1);
});
