import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { keyWith, refusal } from "../../testing/factories.ts";
import { firstOf } from "../../testing/reader.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { makeTrader, openRoom } from "../../testing/trading-room.ts";
import { formatPrice } from "../amounts.ts";
import { GRANT, priceOf, START } from "../curve.ts";
import { RESOLUTIONS, type Resolution } from "../resolutions.ts";
import type { RoomTrade } from "../schema.ts";

const SOL = 1_000_000_000n;

describeOnDatabases("trading", (world) => {
  it("keeps candles that equal those computed from the trades, for every span", async () => {
    const room = await openRoom(world.deps);
    const made: RoomTrade[] = [];
    for (const [at, step] of [0, 0, 400, 700, 59_000, 61_000, 3_600_000, 90_000_000].entries()) {
      world.deps.clock.advance(step);
      const isSell = at % 3 === 2;
      const amount = isSell ? "5000000000000" : String(SOL / 4n + BigInt(at));
      made.push((await room.trade(room.trader, { side: isSell ? "sell" : "buy", amount })).trade);
    }
    for (const resolution of Object.keys(RESOLUTIONS) as Resolution[]) {
      const { candles } = await room.staff.candles({ roomId: room.roomId, resolution });
      expect([resolution, candles]).toEqual([resolution, computeCandles(made, RESOLUTIONS[resolution])]);
    }
    const page = await room.staff.candles({ roomId: room.roomId, resolution: "1m", limit: 2 });
    const earlier = await room.staff.candles({
      ...{ roomId: room.roomId, resolution: "1m", before: page.nextBefore ?? undefined },
    });
    const all = await room.staff.candles({ roomId: room.roomId, resolution: "1m" });
    expect([...earlier.candles, ...page.candles]).toEqual(all.candles);
    // The last trade came a day after those before it.
    const { dayVolume } = await room.state(room.trader);
    expect(dayVolume).toBe(made.at(-1)?.amountIn);
  });

  it("lists trades page by page, of all and of one trader", async () => {
    const room = await openRoom(world.deps, { traders: 2 });
    const [first, second] = room.traders;
    if (!first || !second) throw new Error("Two traders");
    const made: RoomTrade[] = [];
    for (const one of [first, second, first])
      made.unshift((await room.trade(one, { side: "buy", amount: "1000000" })).trade);
    const page = await room.as(first).trades({ roomId: room.roomId, limit: 2 });
    const rest = await room.as(first).trades({ roomId: room.roomId, limit: 2, cursor: page.nextCursor });
    expect([...page.trades, ...rest.trades]).toEqual(made);
    expect(rest.nextCursor).toBeNull();
    const own = await room.as(first).trades({ roomId: room.roomId, userId: first.externalId });
    expect(own.trades).toEqual([made[0], made[2]]);
  });

  it("shows how far the curve is until it is sold out, and back to its start", async () => {
    const room = await openRoom(world.deps);
    const { trade } = await room.trade(room.trader, { side: "buy", amount: String(5n * SOL) });
    const depth = await room.staff.depth({ roomId: room.roomId, levels: 10 });
    expect([depth.asks.length, depth.bids.length]).toEqual([10, 10]);
    expect([depth.asks.at(-1)?.token, depth.bids.at(-1)?.token]).toEqual([trade.reserves.forSale, trade.amountOut]);
    expect(Number(depth.bids.at(-1)?.price)).toBeCloseTo(Number(formatPrice(priceOf(START))), 6);
    const prices = depth.asks.map(({ price }) => Number(price));
    expect(prices.toSorted((a, b) => a - b)).toEqual(prices);
    const untouched = await openRoom(world.deps);
    expect((await untouched.staff.depth({ roomId: untouched.roomId })).bids).toEqual([]);
  });

  it("ranks holders and results, whose sum with the grant is what a trader has", async () => {
    const room = await openRoom(world.deps, { traders: 3 });
    const [early, late, idle] = room.traders;
    if (!early || !late || !idle) throw new Error("Three traders");
    const { balances } = await room.trade(early, { side: "buy", amount: String(4n * SOL) });
    await room.trade(late, { side: "buy", amount: String(9n * SOL) });
    await room.trade(early, { side: "sell", amount: String(BigInt(balances.token) / 2n) });
    const { standings } = await room.as(idle).leaderboard({ roomId: room.roomId });
    expect(standings.map(({ userId, rank }) => [rank, userId])).toEqual([
      [1, early.externalId],
      [2, late.externalId],
      [3, idle.externalId],
    ]);
    const { curve, price } = { curve: await room.state(idle), price: (await room.state(idle)).price };
    for (const { balances: held, result } of standings) {
      const worth = (BigInt(held.token) * BigInt(curve.reserves.sol)) / BigInt(curve.reserves.token);
      expect(BigInt(result.total)).toBe(BigInt(held.sol) + worth - GRANT);
      expect(BigInt(result.total)).toBe(BigInt(result.realised) + BigInt(result.unrealised));
    }
    const { count, holders } = await room.as(idle).holders({ roomId: room.roomId });
    expect([count, holders.map(({ userId }) => userId)]).toEqual([2, [late.externalId, early.externalId]]);
    expect(holders.reduce((sum, { shareBps }) => sum + shareBps, 0)).toBeGreaterThanOrEqual(9_998);
    const { positions, result } = await room.as(early).portfolio();
    expect(positions).toMatchObject([{ roomId: room.roomId, price, result: standings[0]?.result }]);
    expect(result).toEqual(standings[0]?.result);
    expect((await room.as(makeTrader()).portfolio()).positions).toEqual([]);
    const other = room.as(early).portfolio({ userId: late.externalId });
    await expect(other).rejects.toMatchObject(refusal("FORBIDDEN", { key: "trading.otherTrader" }));
    expect((await room.staff.portfolio({ userId: late.externalId })).positions).toHaveLength(1);
  });

  it("accrues a share of a trader's fees at the tier before the trade, and pays it once", async () => {
    const room = await openRoom(world.deps, { feeBps: 1_000 });
    const api = room.as(room.trader);
    expect(await api.rewards.get()).toMatchObject({
      ...{ tier: "Bronze", feePercent: 20, unclaimedRewards: "0" },
      next: { tier: "Silver", from: String(100n * SOL), feePercent: 25 },
    });
    await world.deps.db.execute(sql`update traders set volume = ${String(99n * SOL)}::bigint`);
    const bronze = await room.trade(room.trader, { side: "buy", amount: String(SOL) });
    const silver = await room.trade(room.trader, { side: "buy", amount: String(SOL) });
    const expected = (BigInt(bronze.trade.fee) * 20n) / 100n + (BigInt(silver.trade.fee) * 25n) / 100n;
    await api.rooms.create({ name: "Mine" });
    const now = { tier: "Silver", totalVolume: String(101n * SOL), totalLaunches: 1 };
    expect(await api.rewards.get()).toMatchObject({ ...now, unclaimedRewards: String(expected) });
    const tiers = world.deps.bus.published.map(({ entry }) => entry.payload as { type: string; tier?: string });
    expect(tiers.filter(({ type }) => type === "tierReached")).toMatchObject([{ tier: "Silver" }]);
    const claims = await Promise.all(Array.from({ length: 5 }, () => api.rewards.claim({ clientId: "one" })));
    expect(claims).toEqual(Array.from({ length: 5 }, () => ({ claimed: String(expected) })));
    await expect(api.rewards.claim({ clientId: "two" })).rejects.toMatchObject(
      refusal("CONFLICT", { key: "trading.nothingToClaim" }),
    );
    const after = { ...now, unclaimedRewards: "0", claimedRewards: String(expected) };
    expect(await api.rewards.get()).toMatchObject(after);
    expect(world.deps.bus.latest.at(-1)).toMatchObject({
      topic: `trading.rewards:wallet:${room.trader.externalId}`,
      value: after,
    });
  });

  it("shows a price and rewards at once to those who follow them, and another's rewards to none", async () => {
    const room = await openRoom(world.deps);
    const { tokenMint: mintAddress } = room;
    const api = (signal?: AbortSignal) => world.as(room.trader, signal).trading;
    expect(await firstOf(api(new AbortController().signal).onPrice({ mintAddress }))).toEqual(
      await room.staff.price({ mintAddress }),
    );
    expect(await firstOf(api(new AbortController().signal).onRewards())).toEqual(await api().rewards.get());
    const other = makeTrader();
    const [foreign, unknown] = [{ userId: other.externalId }, { mintAddress: "1".repeat(40) }];
    await expect(firstOf(api().onRewards(foreign))).rejects.toMatchObject({ key: "trading.otherTrader" });
    await expect(firstOf(api().onPrice(unknown))).rejects.toMatchObject({ key: "trading.tokenNotFound" });
    expect(await world.as(keyWith("trading:read")).trading.rewards.get({ userId: other.externalId })).toMatchObject({
      tier: "Bronze",
    });
  });
});

/** As the document of the candles says: the price before the first trade of the span, and the prices after its trades. */
function computeCandles(made: readonly RoomTrade[], seconds: number) {
  const spans = Map.groupBy(made, ({ at }) => Math.floor(Date.parse(at) / 1000 / seconds) * seconds);
  return [...spans].map(([start, trades]) => {
    const first = made.indexOf(trades[0] as RoomTrade);
    const open = first === 0 ? formatPrice(priceOf(START)) : (made[first - 1]?.priceAfter ?? "");
    const prices = [open, ...trades.map(({ priceAfter }) => priceAfter)].toSorted((a, b) => Number(a) - Number(b));
    const volume = trades.reduce(
      (sum, { side, amountIn, amountOut, fee }) =>
        sum + BigInt(side === "buy" ? amountIn : amountOut) + BigInt(side === "buy" ? 0 : fee),
      0n,
    );
    return {
      start: new Date(start * 1000).toISOString(),
      ...{ open, high: prices.at(-1), low: prices[0], close: trades.at(-1)?.priceAfter, volume: String(volume) },
    };
  });
}
