import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Actor } from "../../actor.ts";
import { callerOf, keyWith, refusal, unique } from "../../testing/factories.ts";
import {
  createTestDeps,
  describeOnBothDatabases,
  describeOnPostgres,
  TestClock,
  type TestWorld,
} from "../../testing/test-deps.ts";
import { makeTrader, openRoom } from "../../testing/trading-room.ts";
import { fillOrder, GRANT, START } from "../curve.ts";

const SOL = 1_000_000_000n;

describeOnBothDatabases("trading.trade", (world) => {
  const refused = (key: string, code = "CONFLICT") => refusal(code, { key: `trading.${key}` });

  it("buys and sells along the curve, and keeps every unit in the ledger", async () => {
    const room = await openRoom(world.deps);
    const bought = await room.trade(room.trader, { side: "buy", amount: String(SOL) });
    const fill = fillOrder(START, { side: "buy", exact: "in", amount: SOL }, 100);
    expect(bought).toMatchObject({
      trade: {
        side: "buy",
        amountIn: String(SOL),
        amountOut: String(fill?.out),
        fee: "10000000",
        userId: room.trader.externalId,
      },
      status: "open",
      balances: { sol: String(GRANT - SOL), token: String(fill?.out) },
    });
    const sold = await room.trade(room.trader, { side: "sell", amount: bought.balances.token });
    expect(sold.balances.token).toBe("0");
    expect(BigInt(sold.balances.sol) < GRANT).toBe(true);
    await expectBalanced(world);
    const { trades, me, dayVolume } = await room.state(room.trader);
    expect(trades).toEqual([bought.trade, sold.trade]);
    expect(me?.balances).toEqual(sold.balances);
    expect(BigInt(dayVolume)).toBe(SOL + BigInt(sold.trade.amountOut) + BigInt(sold.trade.fee));
  });

  it("makes a trade of one client id once, however often and at once it is asked for", async () => {
    const room = await openRoom(world.deps, { traders: 2 });
    const [first, second] = room.traders;
    if (!first || !second) throw new Error("Two traders");
    const asked = { side: "buy", amount: "1000000", clientId: "one" } as const;
    const answers = await Promise.all(Array.from({ length: 100 }, () => room.trade(first, asked)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await world.countRows("trades")).toBe(1);
    expect((await room.trade(second, asked)).trade.sequence).not.toBe(answers[0]?.trade.sequence);
    await room.staff.rooms.close({ roomId: room.roomId });
    expect(await room.trade(first, asked)).toEqual(answers[0]);
    await expect(room.trade(first, { ...asked, amount: "1000001" })).rejects.toMatchObject(
      refused("clientIdReused", "VALIDATION"),
    );
  });

  it("refuses one trade of a batch, and makes its neighbours", async () => {
    const room = await openRoom(world.deps, { traders: 3 });
    const amounts = ["1000000000", String(GRANT + 1n), "2000000000"];
    const outcomes = await Promise.allSettled(
      room.traders.map((one, at) => room.trade(one, { side: "buy", amount: amounts[at] ?? "" })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(outcomes[1]).toMatchObject({ reason: refused("insufficientBalance") });
    expect(await world.countRows("trades")).toBe(2);
    await expectBalanced(world);
  });

  it("refuses what is beyond the trader's bounds, and changes nothing", async () => {
    const room = await openRoom(world.deps);
    const fill = fillOrder(START, { side: "buy", exact: "in", amount: SOL }, 100);
    const before = await room.state(room.trader);
    const out = fill?.out ?? 0n;
    for (const bounds of [{ minOut: String(out + 1n) }, { maxIn: String(SOL - 1n) }])
      await expect(room.trade(room.trader, { side: "buy", amount: String(SOL), ...bounds })).rejects.toMatchObject(
        refused("slippage"),
      );
    expect(await room.state(room.trader)).toEqual(before);
    await room.trade(room.trader, { side: "buy", amount: String(SOL), minOut: String(out), maxIn: String(SOL) });
  });

  it.each([
    ...[
      "0",
      "-1",
      "+1",
      "1.5",
      "1e9",
      " 1",
      "1 ",
      "",
      "01",
      "0x10",
      "٣",
      "1_000",
      "9223372036854775808",
      `1${"0".repeat(40)}`,
    ],
  ])("refuses the amount %j as invalid input", async (amount) => {
    const room = await openRoom(world.deps);
    for (const side of ["buy", "sell"] as const)
      await expect(room.trade(room.trader, { side, amount })).rejects.toMatchObject({ code: "BAD_REQUEST" });
    expect(await world.countRows("trades")).toBe(0);
  });

  it("refuses amounts that nothing covers and that round to nothing", async () => {
    const room = await openRoom(world.deps);
    const most = "9223372036854775807";
    for (const given of [
      { side: "buy", amount: String(GRANT + 1n) },
      { side: "buy", amount: most },
      { side: "sell", amount: most },
      { side: "sell", amount: "1000000" },
      { side: "sell", amount: most, exact: "out" },
      { side: "buy", amount: most, exact: "out" },
    ] as const)
      await expect(room.trade(room.trader, given)).rejects.toMatchObject(refused("insufficientBalance"));
    const quote = room
      .as(room.trader)
      .quote({ roomId: room.roomId, side: "sell", exact: "out", amount: String(40n * SOL) });
    await expect(quote).rejects.toMatchObject(
      refusal("CONFLICT", { params: { needed: String(40n * SOL), available: "0" } }),
    );
    await expect(room.trade(room.trader, { side: "buy", amount: "1" })).rejects.toMatchObject(
      refused("nothingToTrade", "VALIDATION"),
    );
    expect(await world.countRows("trades")).toBe(0);
  });

  it("refuses strangers to the room, those who left, and trades of another's wallet", async () => {
    const room = await openRoom(world.deps);
    const asked = { side: "buy", amount: "1000000" } as const;
    await expect(room.trade(makeTrader(), asked)).rejects.toMatchObject(refused("notJoined", "FORBIDDEN"));
    await expect(room.trade(makeTrader(), { ...asked, userId: room.trader.externalId })).rejects.toMatchObject(
      refused("otherTrader", "FORBIDDEN"),
    );
    await room.as(room.trader).rooms.leave({ roomId: room.roomId });
    await expect(room.trade(room.trader, asked)).rejects.toMatchObject(refused("notJoined", "FORBIDDEN"));
    const nowhere = callerOf(world.deps, room.trader).trading.trade({ roomId: crypto.randomUUID(), ...asked });
    await expect(nowhere).rejects.toMatchObject(refused("roomNotFound", "NOT_FOUND"));
  });

  it("makes a server's trades for the wallet that it names", async () => {
    const room = await openRoom(world.deps);
    const { externalId: userId } = room.trader;
    const bought = await room.trade(keyWith("trading:write"), { side: "buy", amount: "1000000", userId });
    expect((await room.state(room.trader)).me?.balances).toEqual(bought.balances);
    const reader = room.trade(keyWith("trading:read"), { side: "buy", amount: "1", userId });
    await expect(reader).rejects.toMatchObject(refusal("FORBIDDEN"));
  });

  it("sells the last tokens to the first of two at once, and completes the room", async () => {
    const room = await openRoom(world.deps, { traders: 12, feeBps: 0 });
    const [rich, ...others] = room.traders;
    if (!rich) throw new Error("A trader");
    // 85 SOL are more than one trader has: each buys for what they were granted.
    for (const one of others.slice(0, 8)) await room.trade(one, { side: "buy", amount: String(GRANT) });
    const { reserves } = await room.state(rich);
    const all = { side: "buy", amount: reserves.forSale, exact: "out" } as const;
    const outcomes = await Promise.allSettled([
      room.trade(rich, all),
      ...others.slice(8).map((one) => room.trade(one, all)),
    ]);
    const [won, ...lost] = outcomes;
    expect(won).toMatchObject({ value: { status: "completed", trade: { amountOut: reserves.forSale } } });
    for (const one of lost) expect(one).toMatchObject({ reason: refused("completed") });
    expect(await room.state(rich)).toMatchObject({ status: "completed", reserves: { forSale: "0" } });
    const events = world.deps.bus.published.map(({ entry }) => (entry.payload as { type: string }).type);
    expect(events.slice(-2)).toEqual(["traded", "completed"]);
    await expectBalanced(world);
  });

  it("makes a trade as it was quoted or better, and refuses it once the quote does not hold", async () => {
    const room = await openRoom(world.deps, { traders: 2 });
    const [first, second] = room.traders;
    if (!first || !second) throw new Error("Two traders");
    const asked = { side: "buy", amount: String(SOL) } as const;
    const quote = (actor = first) => room.as(actor).quote({ roomId: room.roomId, ...asked });
    const { quoteId, amountOut, fee, price } = await quote();
    const made = await room.trade(first, { ...asked, quoteId });
    expect(made.trade).toMatchObject({ amountOut, fee, price });
    const moved = await quote();
    await room.trade(second, asked);
    await expect(room.trade(first, { ...asked, quoteId: moved.quoteId })).rejects.toMatchObject(
      refused("quoteChanged"),
    );
    const late = await quote();
    world.deps.clock.advance(3_001);
    await expect(room.trade(first, { ...asked, quoteId: late.quoteId })).rejects.toMatchObject(refused("quoteExpired"));
    const foreign = await quote(second);
    for (const given of [
      { ...asked, quoteId: foreign.quoteId },
      { ...asked, amount: "5", quoteId: late.quoteId },
      { ...asked, quoteId: "v1.a.b.c" },
    ])
      await expect(room.trade(first, given)).rejects.toMatchObject(refused("quoteInvalid", "VALIDATION"));
    const cheaper = await quote();
    await room.trade(second, { side: "sell", amount: "1000000000000" });
    const better = await room.trade(first, { ...asked, quoteId: cheaper.quoteId });
    expect(BigInt(better.trade.amountOut) > BigInt(cheaper.amountOut)).toBe(true);
  });

  it("tells the room and the followers of the price of each trade, in order", async () => {
    const room = await openRoom(world.deps, { traders: 4 });
    world.deps.bus.published.length = 0;
    const made = await Promise.all(
      room.traders.map((one) => room.trade(one, { side: "buy", amount: "1000000", clientId: unique("t") })),
    );
    const told = world.deps.bus.published.map(({ entry }) => entry.payload);
    expect(told).toEqual(
      made
        .map(({ trade }) => ({ type: "traded", trade, status: "open" }))
        .toSorted((a, b) => a.trade.sequence - b.trade.sequence),
    );
    const prices = world.deps.bus.latest.filter(({ topic }) => topic === `trading.price:${room.tokenMint}`);
    expect(prices.at(-1)?.value).toMatchObject({
      mintAddress: room.tokenMint,
      price: made.at(-1)?.trade.priceAfter,
      volume: "4000000",
    });
  });
});

describeOnPostgres("Trading on two nodes", (world) => {
  it("keeps one order of trades, and makes each client id's once", async () => {
    const room = await openRoom(world.deps, { traders: 6 });
    const other = createTestDeps(world.database);
    const nodes = [world.deps, other];
    const asked = (at: number) => ({ side: "buy", amount: "1000000", clientId: `c${at % 10}` }) as const;
    const answers = await Promise.all(
      Array.from({ length: 240 }, (_, at) => {
        const trader = room.traders[Math.floor(at / 2) % 6] as Actor;
        const node = nodes[at % 2] as typeof other;
        return callerOf(node, trader).trading.trade({ roomId: room.roomId, ...asked(Math.floor(at / 12)) });
      }),
    );
    expect(new Set(answers.map(({ trade }) => trade.sequence)).size).toBe(60);
    expect(await room.staff.rooms.verify({ roomId: room.roomId })).toMatchObject({ isExact: true, trades: 60 });
    other.feeds.close();
    await other.leases.close();
  });
});

describeOnPostgres("A node whose clock is behind", (world) => {
  it("dates no trade before an earlier one, so that each candle goes on where the last one ended", async () => {
    const room = await openRoom(world.deps);
    const other = createTestDeps(world.database, { clock: new TestClock() });
    const order = { side: "buy", amount: String(SOL) } as const;
    world.deps.clock.advance(1_500);
    const { trade: first } = await room.trade(room.trader, order);
    const { trade: second } = await callerOf(other, room.trader).trading.trade({ roomId: room.roomId, ...order });
    expect(second.at).toBe(first.at);
    const { candles } = await room.staff.candles({ roomId: room.roomId, resolution: "1s" });
    expect(candles).toMatchObject([{ start: "2026-03-10T12:00:01.000Z", close: second.priceAfter }]);
    other.feeds.close();
    await other.leases.close();
  });
});

describeOnBothDatabases("The ledger", (world) => {
  it("refuses every change of what is written", async () => {
    await openRoom(world.deps);
    for (const statement of [
      sql`update ledger_entries set amount = 0`,
      sql`delete from ledger_entries`,
      sql`truncate ledger_entries`,
      sql`update ledger_transfers set kind = 'buy'`,
      sql`delete from ledger_transfers`,
      sql`truncate ledger_transfers`,
    ])
      await expect(world.deps.db.execute(statement)).rejects.toMatchObject({
        cause: { message: "The ledger only grows" },
      });
  });

  it("refuses entries that do not sum to zero, by transfer and asset, and balances below it", async () => {
    await openRoom(world.deps);
    const insert = (rows: string) =>
      world.deps.db.execute(
        sql.raw(`insert into ledger_entries (transfer_id, account_id, asset, amount) values ${rows}`),
      );
    for (const rows of [
      "(900, 1, 'sol', 1)",
      "(900, 1, 'sol', 1), (901, 2, 'sol', -1)",
      "(900, 1, 'sol', 1), (900, 2, 'token', -1)",
    ])
      await expect(insert(rows)).rejects.toMatchObject({ cause: { message: expect.stringContaining("sum to zero") } });
    await expect(
      world.deps.db.execute(sql`update ledger_accounts set balance = -1 where kind = 'trader'`),
    ).rejects.toThrow();
  });
});

/** Every asset sums to zero, and every balance is the sum of its entries. */
async function expectBalanced(world: TestWorld): Promise<void> {
  const sums = await world.query<{ sum: string }>(
    sql`select sum(amount)::text as sum from ledger_entries group by asset`,
  );
  expect(sums.filter(({ sum }) => sum !== "0")).toEqual([]);
  const wrong = await world.query(sql`
    select a.id from ledger_accounts a left join ledger_entries e on e.account_id = a.id
    group by a.id, a.balance having a.balance <> coalesce(sum(e.amount), 0)`);
  expect(wrong).toEqual([]);
}
