import { expect, it } from "vitest";
import type { TelegramUpdate } from "./telegram.ts";
import { UpdateOrder } from "./update-order.ts";

const CHANNEL = -1_000_000_000_007;
const start = () => new UpdateOrder({ pts: 10, qts: 0, date: 100, seq: 5 }, [[CHANNEL, 40]]);
const other = (given: Partial<TelegramUpdate>): TelegramUpdate => ({
  channelId: null,
  pts: null,
  ptsCount: 0,
  qts: null,
  type: "other",
  name: "x",
  ...(given as object),
});
const counted = (pts: number, ptsCount = 1, channelId: number | null = null) => other({ pts, ptsCount, channelId });
const take = (order: UpdateOrder, ...updates: TelegramUpdate[]) => order.take({ updates, seq: null, date: null });

it("applies what continues the count, each once, and asks for what is missing", () => {
  const order = start();
  expect(take(order, counted(11), counted(13, 2)).updates).toHaveLength(2);
  expect(take(order, counted(11), counted(13, 2))).toEqual({ updates: [], gaps: [] });
  expect(take(order, counted(15), counted(16))).toEqual({ updates: [], gaps: [{ box: "account" }] });
  expect(order.state.pts).toBe(13);
  order.reset({ pts: 16 });
  expect(take(order, counted(16)).updates).toEqual([]);
  expect(take(order, counted(17)).updates).toHaveLength(1);
});

it("counts each channel for itself, and begins with what it hears of one that it does not know", () => {
  const order = start();
  const unknown = CHANNEL - 1;
  expect(take(order, counted(41, 1, CHANNEL), counted(500, 1, unknown)).updates).toHaveLength(2);
  expect(take(order, counted(43, 1, CHANNEL), counted(501, 1, unknown))).toMatchObject({
    updates: [{ channelId: unknown }],
    gaps: [{ box: "channel", channelId: CHANNEL }],
  });
  expect(order.channelPts(CHANNEL)).toBe(41);
});

it("leaves out a container that was applied, but for what has a count of its own", () => {
  const order = start();
  const given = { updates: [other({}), counted(11)], date: 200 };
  expect(order.take({ ...given, seq: { start: 5, end: 5 } }).updates).toEqual([given.updates[1]]);
  expect(order.take({ ...given, seq: { start: 6, end: 7 } }).updates).toEqual([given.updates[0]]);
  expect(order.state).toMatchObject({ seq: 7, date: 200 });
  expect(order.take({ ...given, seq: { start: 9, end: 9 } })).toEqual({ updates: [], gaps: [{ box: "account" }] });
  expect(order.state.seq).toBe(7);
});

it("takes what counts as none as often as it comes", () => {
  const order = start();
  expect(take(order, counted(10, 0), counted(10, 0)).updates).toHaveLength(2);
});
