import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { openRoom } from "../../testing/trading-room.ts";

describeOnDatabases("trading.rooms.verify", (world) => {
  async function tradedRoom() {
    const room = await openRoom(world.deps, { traders: 2 });
    const [first, second] = room.traders;
    if (!first || !second) throw new Error("Two traders");
    const { balances } = await room.trade(first, { side: "buy", amount: "2000000000" });
    await room.trade(second, { side: "buy", amount: "30000000000000", exact: "out" });
    await room.trade(first, { side: "sell", amount: balances.token });
    await room.trade(second, { side: "sell", amount: "100000000", exact: "out" });
    await room.as(first).rewards.claim({});
    return room;
  }

  it("finds a room exact, to the unit", async () => {
    const { staff, roomId } = await tradedRoom();
    const found = await staff.rooms.verify({ roomId });
    expect(found).toEqual({ roomId, isExact: true, transfers: 7, trades: 4, differences: [] });
  });

  it.each([
    ["a balance", sql`update ledger_accounts set balance = balance + 1 where kind = 'fees'`],
    ["a reserve", sql`update rooms set sol_reserve = sol_reserve + 1`],
    ["a trade", sql`update trades set amount_out = amount_out - 1 where sequence = 4`],
    ["a missing trade", sql`delete from trades where sequence = 5`],
    ["a volume", sql`update rooms set volume = volume - 1`],
    ["a status", sql`update rooms set status = 'completed'`],
    [
      "entries that leave the room",
      sql`
      insert into ledger_entries (transfer_id, account_id, asset, amount)
      select max(id), -1, 'sol', 1 from ledger_transfers where sequence = 4
      union all select max(id), -2, 'sol', -1 from ledger_transfers where sequence = 4`,
    ],
    [
      "entries between a room's accounts",
      sql`
      insert into ledger_entries (transfer_id, account_id, asset, amount)
      select l.id, a.id, 'sol', case a.kind when 'curve' then 1 else -1 end from ledger_transfers l, ledger_accounts a
      where l.sequence = 2 and a.asset = 'sol' and a.kind in ('curve', 'fees')`,
    ],
  ])("finds %s that was changed", async (_what, change) => {
    const { staff, roomId } = await tradedRoom();
    await world.deps.db.execute(change);
    const { isExact, differences } = await staff.rooms.verify({ roomId });
    expect([isExact, differences.length > 0]).toEqual([false, true]);
  });
});
