import { expect, test } from "vitest";
import { chooseAct, chooseTrade, pauseMs } from "./habits.ts";

/** Numbers that look random, the same in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("waits as long as its pace says", () => {
  const random = randomOf(1);
  for (const [pace, least, most] of [
    ["slow", 8_000, 24_000],
    ["calm", 2_000, 6_000],
    ["lively", 1_000, 2_000],
  ] as const) {
    const pauses = Array.from({ length: 500 }, () => pauseMs(pace, random));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(least);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(most);
  }
});

test("keeps two to six traders in the room, who mostly trade", () => {
  const random = randomOf(2);
  const counts = { come: 0, go: 0, say: 0, trade: 0 };
  let present = 0;
  for (let at = 0; at < 2_000; at++) {
    const act = chooseAct({ present, away: 6 - present }, random);
    counts[act] += 1;
    present += act === "come" ? 1 : act === "go" ? -1 : 0;
    expect(present).toBeLessThanOrEqual(6);
    if (at > 1) expect(present).toBeGreaterThanOrEqual(2);
  }
  expect(counts.trade).toBeGreaterThan(1_000);
  expect(Math.min(counts.come, counts.go, counts.say)).toBeGreaterThan(20);
});

test("buys and sells around a price, and never sells a room out", () => {
  const random = randomOf(3);
  // A room as it begins: virtual reserves, and six traders with 10 SOL each.
  const room = { sol: 30_000_000_000n, token: 1_073_000_000_000_000n };
  const crowd = Array.from({ length: 6 }, () => ({ sol: 10_000_000_000n, token: 0n }));
  const counts = { buys: 0, sells: 0 };
  const prices: bigint[] = [];
  for (let at = 0; at < 5_000; at++) {
    const trader = crowd[at % 6] as (typeof crowd)[number];
    const worth = (trader.token * room.sol) / room.token;
    const trade = chooseTrade({ ...trader, worth }, random);
    if (!trade) continue;
    const [given, taken] = trade.isBuy ? (["sol", "token"] as const) : (["token", "sol"] as const);
    expect(trade.amount).toBeLessThanOrEqual(trader[given]);
    const out = (room[taken] * trade.amount) / (room[given] + trade.amount);
    room[given] += trade.amount;
    room[taken] -= out;
    trader[given] -= trade.amount;
    trader[taken] += out;
    counts[trade.isBuy ? "buys" : "sells"] += 1;
    prices.push((room.sol * 1_000_000n) / room.token);
  }
  // 85 SOL would buy every token.
  expect(room.sol).toBeLessThan(75_000_000_000n);
  expect(Math.min(counts.buys, counts.sells)).toBeGreaterThan(500);
  expect(new Set(prices).size).toBeGreaterThan(20);
});

test("watches while it has nothing to trade with", () => {
  expect(chooseTrade({ sol: 9_999n, token: 0n, worth: 0n }, Math.random)).toBeNull();
});
