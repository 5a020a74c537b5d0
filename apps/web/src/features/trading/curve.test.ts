import { fillOrder, START, withFee } from "@pult/api/trading/curve.ts";
import { expect, it } from "vitest";
import { changeBps } from "./amounts.ts";
import { depthOf, markOf, progressBps, reserveOf, START_PRICE, squareRoot } from "./curve.ts";

const reserves = (curve: typeof START) => ({
  sol: String(curve.sol),
  token: String(curve.token),
  forSale: String(curve.forSale),
});
const after = (lamports: bigint) => fillOrder(START, { side: "buy", exact: "in", amount: lamports }, 0)?.after ?? START;

it("takes square roots rounded down", () => {
  const values = [0n, 1n, 2n, 3n, 4n, 15n, 16n, 10n ** 30n - 1n, 10n ** 30n];
  for (const value of values) {
    const root = squareRoot(value);
    expect(root * root <= value && (root + 1n) ** 2n > value).toBe(true);
  }
});

it("begins with the published price and an empty reserve", () => {
  expect(START_PRICE).toBe("27.958993476");
  expect(progressBps(reserves(START))).toBe(0);
  expect(reserveOf(reserves(START))).toBe(0n);
});

it("says that all is sold only when it is", () => {
  expect(progressBps({ ...reserves(START), forSale: "1" })).toBe(9_999);
  expect(progressBps({ ...reserves(START), forSale: "0" })).toBe(10_000);
});

it("tells how much moves the price, as a trade of that much does", () => {
  const curve = after(5_000_000_000n);
  const { asks } = depthOf(reserves(curve));
  const five = asks[4];
  const traded = fillOrder(curve, { side: "buy", exact: "in", amount: five?.sol ?? 1n }, 0)?.after ?? curve;
  const price = (one: typeof curve) => String((one.sol * 10n ** 15n) / one.token);
  expect(five?.change).toBe(5);
  expect(changeBps(price(curve), price(traded))).toBeGreaterThanOrEqual(499);
  expect(changeBps(price(curve), price(traded))).toBeLessThanOrEqual(500);
});

it("marks where an order takes the price, after the fee and on the curve", () => {
  const curve = after(5_000_000_000n);
  const { asks } = depthOf(reserves(curve));
  const sol = asks[4]?.sol ?? 0n;
  const mark = markOf(reserves(curve), { side: "buy", amount: withFee(sol, 100) }, 100);
  expect(mark?.sol).toBe(sol);
  expect(mark?.change).toBeCloseTo(5, 3);
  const held = START.forSale - curve.forSale;
  const whole = markOf(reserves(curve), { side: "sell", amount: held }, 100);
  expect(whole?.sol).toBeLessThanOrEqual(5_000_000_000n);
  expect(whole?.change).toBeCloseTo((30 / 35) ** 2 * 100 - 100, 3);
  expect(markOf(reserves(START), { side: "sell", amount: 1n }, 100)).toBeNull();
});

it("ends where the curve does", () => {
  expect(depthOf(reserves(START)).bids.every(({ sol }) => sol === 0n)).toBe(true);
  const nearlySold = after(84_000_000_000n);
  const { asks, bids } = depthOf(reserves(nearlySold));
  const last = fillOrder(nearlySold, { side: "buy", exact: "out", amount: nearlySold.forSale }, 0);
  expect(asks.at(-1)?.sol).toBe(last?.moved);
  expect(bids.at(-1)?.sol).toBeGreaterThan(0n);
});
