import type { Board, Deal, Stage } from "@pult/api/crm/schema.ts";
import { expect, it } from "vitest";
import { moveDeal, placeDeal, placeOf, stepFrom } from "./board-state.ts";

const stage = (id: string, position: number): Stage => ({ id, name: id, position, kind: "open", probability: 50 });
const deal = (id: string, stageId: string, position: number, amount = "10.50"): Deal => ({
  entity: "deal",
  id,
  name: id,
  number: 1001,
  stageId,
  position,
  amount,
  currency: "EUR",
  version: 1,
  ownerId: null,
  ownerName: null,
  fields: {},
  tags: [],
  contactId: null,
  contactName: null,
  companyId: null,
  companyName: null,
  nextStep: null,
  nextStepAt: null,
  stageSince: "2026-01-01T00:00:00.000Z",
  closedAt: null,
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
});

const board = (): Board => {
  const stages = [stage("new", 0), stage("paid", 1)];
  const empty: Board = {
    pipeline: { id: "p", name: "Orders", stages },
    columns: stages.map(({ id }) => ({ stageId: id, totalCount: 0, hasMore: false, amounts: {}, items: [] })),
  };
  return [deal("a", "new", 1), deal("b", "new", 2), deal("c", "paid", 1)].reduce(placeDeal, empty);
};
const ids = ({ columns }: Board) => columns.map(({ items }) => items.map(({ id }) => id).join(""));

it("moves a card with its count and amount, and puts it back where the server has it", () => {
  const moved = moveDeal(board(), "a", { stageId: "paid", beforeId: "c" });
  expect(ids(moved)).toEqual(["b", "ac"]);
  expect(moved.columns.map(({ totalCount, amounts }) => [totalCount, amounts.EUR])).toEqual([
    [1, "10.50"],
    [2, "21.00"],
  ]);
  expect(ids(placeDeal(moved, { ...deal("a", "new", 3), version: 2 }))).toEqual(["ba", "c"]);
});

it("keeps a newer card when an older event comes after it", () => {
  const now = placeDeal(board(), { ...deal("a", "paid", 5), version: 3 });
  expect(placeDeal(now, { ...deal("a", "new", 1), version: 2 })).toBe(now);
});

it("steps a lifted card through its column and beside it, and stops at the edges", () => {
  const place = (id: string, step: "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight") => {
    const to = stepFrom(board(), id, step);
    return to && ids(moveDeal(board(), id, to));
  };
  expect(place("a", "ArrowDown")).toEqual(["ba", "c"]);
  expect(place("b", "ArrowRight")).toEqual(["a", "cb"]);
  expect(place("c", "ArrowLeft")).toEqual(["cab", ""]);
  expect(place("a", "ArrowUp")).toBeNull();
  expect(place("c", "ArrowRight")).toBeNull();
  expect(placeOf(board(), "b")).toMatchObject({ stageId: "new", index: 1, of: 2 });
});
