import type { Candle } from "@pult/api/trading/market/schema.ts";
import { RESOLUTIONS } from "@pult/api/trading/resolutions.ts";
import type { RoomTrade } from "@pult/api/trading/schema.ts";
import { expect, it } from "vitest";
import { withHeard, withTrade } from "./candles.ts";
import { START_PRICE } from "./curve.ts";
import { at, buy, tradesOf } from "./testing.ts";

const fold = (trades: readonly RoomTrade[], span: number) =>
  trades.reduce<readonly Candle[]>((all, trade) => withTrade(all, trade, span), []);

it("opens each span where the one before it ended", () => {
  const trades = tradesOf([buy(1), { side: "sell", exact: "in", amount: 20_000_000_000_000n }, buy(2)]);
  const seconds = fold(trades, RESOLUTIONS["1s"]);
  expect(seconds.map(({ start }) => start)).toEqual([at(0), at(1), at(2)]);
  expect(seconds[0]?.open).toBe(START_PRICE);
  expect(seconds[1]).toMatchObject({ open: seconds[0]?.close, high: seconds[0]?.close, low: trades[1]?.priceAfter });
  const [minute] = fold(trades, RESOLUTIONS["1m"]);
  expect(minute).toMatchObject({
    start: at(0),
    open: START_PRICE,
    high: trades[2]?.priceAfter,
    low: START_PRICE,
    close: trades[2]?.priceAfter,
  });
});

it("counts no trade twice that was heard while the candles were read", () => {
  const trades = tradesOf([buy(1), buy(2), buy(3), buy(4)]);
  const truth = fold(trades, RESOLUTIONS["1m"]);
  for (const answered of [1, 2, 3, 4]) {
    const read = fold(trades.slice(0, answered), RESOLUTIONS["1m"]);
    const heard = { heard: trades.slice(1), known: trades, isWhole: true };
    expect(withHeard(read, heard, RESOLUTIONS["1m"])).toEqual(truth);
  }
  const seconds = fold(trades, RESOLUTIONS["1s"]);
  const partly = { heard: trades.slice(2), known: trades.slice(1), isWhole: false };
  expect(withHeard(fold(trades.slice(0, 3), RESOLUTIONS["1s"]), partly, RESOLUTIONS["1s"])).toEqual(seconds);
});
