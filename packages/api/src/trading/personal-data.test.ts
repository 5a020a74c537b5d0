import type { Database } from "@pult/db/database.ts";
import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { type Customer, identityOf } from "../actor.ts";
import { backupsOf } from "../testing/backups.ts";
import { callerOf, countRows, refusal, SYSTEM } from "../testing/factories.ts";
import { waitFor } from "../testing/telegram-desk.ts";
import { describeOnBothDatabases, describeOnPostgres } from "../testing/test-deps.ts";
import { openRoom } from "../testing/trading-room.ts";
import { GRANT } from "./curve.ts";
import { audioRoomOf } from "./voice/audio-rooms.ts";
import { applyAudioEvent } from "./voice/participants.ts";

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

  it("exports every transfer of a trader, of rooms and of none", async () => {
    const room = await openRoom(world.deps, { traders: 2 });
    for (const one of room.traders) await room.trade(one, { side: "buy", amount: "1000000000" });
    await room.as(room.trader).rewards.claim({});
    const { people } = world.as(SYSTEM).auth;
    const { id: personId } = await people.show({ namespace: "wallet", externalId: room.trader.externalId });
    const { traders } = (await people.export({ personId })) as unknown as { traders: { transfers: object[] }[] };
    expect(traders.map(({ transfers }) => transfers)).toMatchObject([
      [
        { kind: "grant", roomId: room.roomId },
        { kind: "buy", roomId: room.roomId },
        { kind: "claim", roomId: null },
      ],
    ]);
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

describeOnPostgres("A trader's erasure", (world) => {
  /** Erases a trader, and does something that waits for the erasure's end. */
  async function eraseDuring(trader: Customer, act: () => Promise<unknown>): Promise<void> {
    const [isErased, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const transaction: Database["transaction"] = (body, config) =>
      world.deps.db.transaction(async (tx) => {
        const result = await body(tx);
        isErased.resolve();
        await mayCommit.promise;
        return result;
      }, config);
    const db: Database = Object.create(world.deps.db, { transaction: { value: transaction } });
    const { people } = callerOf({ ...world.deps, db }, SYSTEM).auth;
    const { id: personId } = await people.show({ namespace: "wallet", externalId: trader.externalId });
    const erasing = people.erase({ personId });
    await isErased.promise;
    const acting = Promise.allSettled([act()]);
    const waits = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await waitFor(async () => (await world.query(waits)).length > 0);
    mayCommit.resolve();
    await Promise.all([erasing, acting]);
  }

  type Room = Awaited<ReturnType<typeof openRoom>>;
  const traderIdIn = async ({ state, trader }: Room) => (await state(trader)).me?.traderId ?? "";
  it.each<[who: string, prepare: (room: Room) => Promise<() => Promise<unknown>>]>([
    [
      "a raised hand",
      async ({ as, trader, roomId }) =>
        () =>
          as(trader).voice.raiseHand({ roomId, isRaised: true }),
    ],
    [
      "a moderator",
      async (room) => {
        const traderId = await traderIdIn(room);
        return () => room.staff.moderation.warn({ roomId: room.roomId, traderId, reason: "Noise" });
      },
    ],
    [
      "the room's audio",
      async ({ trader, roomId }) => {
        const about = { room: audioRoomOf(roomId), identity: identityOf(trader) ?? "", sid: "PA_1", at: new Date() };
        await applyAudioEvent(world.deps, { type: "joined", ...about, maySpeak: false });
        return () => applyAudioEvent(world.deps, { type: "left", ...about });
      },
    ],
  ])("leaves no name behind by %s at the same time", async (_who, prepare) => {
    const room = await openRoom(world.deps);
    await eraseDuring(room.trader, await prepare(room));
    expect(await world.findWords([room.trader.externalId])).toEqual([]);
  });

  it("leaves one who joins another room at the same time a person, who can be erased again", async () => {
    const { trader } = await openRoom(world.deps);
    const other = await openRoom(world.deps);
    const join = () => other.as(trader).rooms.join({ roomId: other.roomId });
    await eraseDuring(trader, join);
    expect((await other.state(trader)).me?.isMember).toBe(true);
    await eraseDuring(trader, join);
    await callerOf(world.deps, SYSTEM).auth.people.show({ namespace: "wallet", externalId: trader.externalId });
  });
});
