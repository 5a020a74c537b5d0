import { expect, it } from "vitest";
import { backupsOf } from "../testing/backups.ts";
import { countRows, refusal, SYSTEM } from "../testing/factories.ts";
import { describeOnBothDatabases } from "../testing/test-deps.ts";
import { openRoom } from "../testing/trading-room.ts";
import { GRANT } from "./curve.ts";

describeOnBothDatabases("Trading", (world) => {
  const { take, restoreOver } = backupsOf(world);

  it("keeps an erased trader's trades without a name, and begins anew for the same wallet", async () => {
    const room = await openRoom(world.deps, { traders: 2 });
    const [erased, other] = room.traders;
    if (!erased || !other) throw new Error("Two traders");
    const asked = { side: "buy", amount: "1000000000", clientId: "one" } as const;
    await room.trade(erased, asked);
    await room.trade(other, asked);
    await room.as(erased).chat.send({ roomId: room.roomId, text: "Me" });
    const own = await room.as(erased).rooms.create({ name: "My own" });
    const people = world.as(SYSTEM).auth.people;
    const { id: personId } = await people.show({ namespace: "wallet", externalId: erased.externalId });
    const { counts } = await people.erase({ personId });
    expect(counts).toMatchObject({ traders: 1, roomMessages: 1 });
    expect(await world.findWords([erased.externalId, "My own"])).toEqual([]);
    const { trades, messages } = await room.state(other);
    expect([trades.map(({ userId }) => userId), messages]).toEqual([["erased", other.externalId], []]);
    for (const roomId of [room.roomId, own.id])
      expect(await room.staff.rooms.verify({ roomId })).toMatchObject({ isExact: true });
    await expect(room.trade(erased, asked)).rejects.toMatchObject(refusal("FORBIDDEN", { key: "trading.notJoined" }));
    await room.as(erased).rooms.join({ roomId: room.roomId });
    expect((await room.state(erased)).me?.balances).toEqual({ sol: String(GRANT), token: "0" });
  });

  it("comes back exact from a backup, and goes on", async () => {
    const room = await openRoom(world.deps);
    const asked = { side: "buy", amount: "1000000000", clientId: "one" } as const;
    const kept = await room.trade(room.trader, asked);
    const bytes = await take();
    await room.trade(room.trader, { side: "buy", amount: "2000000000", clientId: "two" });
    await restoreOver(bytes);
    expect(await countRows(world.deps, "trades")).toBe(1);
    expect(await room.trade(room.trader, asked)).toEqual(kept);
    await room.trade(room.trader, { side: "sell", amount: kept.balances.token });
    expect(await room.staff.rooms.verify({ roomId: room.roomId })).toMatchObject({ isExact: true, trades: 2 });
    await expect(world.deps.db.execute("delete from ledger_entries")).rejects.toThrow();
  });
});
