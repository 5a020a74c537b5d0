import { expect, it } from "vitest";
import { at, buy, tradesOf } from "../testing.ts";
import { paceOf, resolutionFor, stepsOf, tradesUntil } from "./replay.ts";

const MINUTE = 60_000;

it.each([
  [0, "1s"],
  [58 * MINUTE, "1s"],
  [24 * 60 * MINUTE, "1m"],
  [365 * 24 * 60 * MINUTE, "4h"],
  [50 * 365 * 24 * 60 * MINUTE, "1d"],
])("tells a life of %i ms in candles of %s", (lifeMs, resolution) => {
  expect(resolutionFor(lifeMs)).toBe(resolution);
});

it("ends each step with its span, and the last one with the room", () => {
  const candle = (seconds: number, close: string) => ({
    ...{ start: at(seconds), open: "1", high: "9", low: "1", close, volume: "1" },
  });
  expect(stepsOf([candle(0, "2"), candle(60, "3")], "1m", at(75))).toEqual([
    { at: at(60), price: "2" },
    { at: at(75), price: "3" },
  ]);
});

it.each([
  [1, 1, 500],
  [100, 1, 200],
  [400, 1, 50],
  [4_000, 10, 50],
])("tells %i steps in at most twenty seconds", (count, steps, everyMs) => {
  expect(paceOf(count, false)).toEqual({ steps, everyMs });
});

it("shows a few stills to those who want no motion", () => {
  expect(paceOf(4_000, true)).toEqual({ steps: 200, everyMs: 1_000 });
  expect(paceOf(3, true)).toEqual({ steps: 1, everyMs: 1_000 });
});

it("knows which trades were made until a step", () => {
  const trades = tradesOf([buy(1), buy(1), buy(1)]);
  const made = (seconds: number) => tradesUntil(trades, { at: at(seconds), price: "1" }).length;
  expect([made(-1), made(0), made(1.5), made(9)]).toEqual([0, 1, 2, 3]);
  expect(tradesUntil(trades, undefined)).toEqual([]);
});
