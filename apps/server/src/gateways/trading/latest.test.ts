import type { Context } from "@pult/api/context.ts";
import { contextOf } from "@pult/api/testing/factories.ts";
import { describeOnDatabases } from "@pult/api/testing/test-deps.ts";
import { openRoom } from "@pult/api/testing/trading-room.ts";
import { priceTopic } from "@pult/api/trading/events.ts";
import { readPrice } from "@pult/api/trading/rooms/price.ts";
import { expect, it, onTestFinished, vi } from "vitest";
import type { GuardedSocket } from "../../sockets/guarded-socket.ts";
import { LatestValues } from "./latest.ts";

/** What a socket is told, and how much of it waits to be read. */
function fakeSocket(batchMs: number | null) {
  const told: unknown[] = [];
  const socket = {
    queued: 0,
    send: (text: string) => told.push(JSON.parse(text).data),
  };
  const open = (ctx: Context) =>
    new LatestValues(socket as unknown as GuardedSocket, { context: () => ctx, batchMs, most: 2 });
  return { told, socket, open };
}

describeOnDatabases("Prices of a trading socket", (world) => {
  it("are collected, and only the newest of each token for a client that does not read", async () => {
    const rooms = [await openRoom(world.deps), await openRoom(world.deps), await openRoom(world.deps)];
    const [first, second, third] = rooms.map(({ tokenMint }) => tokenMint);
    if (!first || !second || !third) throw new Error("Three rooms");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const ctx = contextOf(world.deps, rooms[0]?.trader ?? { kind: "anonymous" });
    const { told, socket, open } = fakeSocket(100);
    const prices = open(ctx);
    for (const mintAddress of [first, second]) await prices.subscribePrice({ mintAddress });
    await expect(prices.subscribePrice({ mintAddress: third })).rejects.toMatchObject({ code: "RATE_LIMITED" });
    const publish = async (mintAddress: string, price: string) =>
      world.deps.bus.publishLatest(priceTopic.name(mintAddress), { ...(await readPrice(ctx, { mintAddress })), price });
    await publish(first, "1");
    socket.queued = 1;
    vi.advanceTimersByTime(100);
    await publish(first, "2");
    await publish(second, "3");
    expect(told).toEqual([]);
    vi.advanceTimersByTime(100);
    socket.queued = 0;
    vi.advanceTimersByTime(100);
    expect(told).toEqual([
      [
        expect.objectContaining({ mintAddress: first, price: "2" }),
        expect.objectContaining({ mintAddress: second, price: "3" }),
      ],
    ]);
    await publish(first, "4");
    vi.advanceTimersByTime(100);
    expect(told[1]).toEqual([expect.objectContaining({ price: "4" })]);
    prices.close();
    expect(world.deps.bus.listening).toBe(0);
  });
});
