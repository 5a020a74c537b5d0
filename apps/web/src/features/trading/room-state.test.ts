import type { RoomEvent, RoomState } from "@pult/api/trading/schema.ts";
import { expect, it } from "vitest";
import { withEvent } from "./room-state.ts";
import { at, buy, newRoom, tradesOf } from "./testing.ts";

const traded = (trade: ReturnType<typeof tradesOf>[number]): RoomEvent => ({ type: "traded", trade, status: "open" });
const after = (room: RoomState, events: readonly RoomEvent[]) => events.reduce(withEvent, room);
const about = (traderId: string) => ({ traderId, userId: traderId, name: null, at: at(1) });

it("follows price, reserves, volume and the reader's balances through trades", () => {
  const [bought, others] = tradesOf([buy(1, "me"), buy(2)]);
  if (!bought || !others) throw new Error("No trades");
  const units = bought.amountOut;
  const [, , sold] = tradesOf([
    buy(1, "me"),
    buy(2),
    { side: "sell", exact: "in", amount: BigInt(units) / 2n, by: "me" },
  ]);
  if (!sold) throw new Error("No sell");
  const room = after(newRoom(), [bought, others, sold].map(traded));
  expect(room.price).toBe(sold.priceAfter);
  expect(room.reserves).toEqual(sold.reserves);
  expect(room.tradeCount).toBe(3);
  expect(BigInt(room.volume)).toBe(3_000_000_000n + BigInt(sold.amountOut) + BigInt(sold.fee));
  expect(room.me?.balances).toEqual({
    sol: String(9_000_000_000n + BigInt(sold.amountOut)),
    token: String(BigInt(units) - BigInt(units) / 2n),
  });
});

it("counts a trade once, and keeps the newest price when answer and log cross", () => {
  const [first, second] = tradesOf([buy(1, "me"), buy(1, "me")]);
  if (!first || !second) throw new Error("No trades");
  const inOrder = after(newRoom(), [first, second].map(traded));
  const crossed = after(newRoom({ trades: [] }), [second, second, first].map(traded));
  expect(inOrder.me?.balances.sol).toBe("8000000000");
  expect(crossed.price).toBe(second.priceAfter);
  const again = after(inOrder, [first, second].map(traded));
  expect(again).toEqual(inOrder);
});

it("learns of moderation, and of the end", () => {
  const muted = withEvent(newRoom(), { type: "muted", ...about("me"), until: at(60), reason: null });
  expect(muted.me?.mutedUntil).toBe(at(60));
  expect(withEvent(newRoom(), { type: "muted", ...about("x"), until: at(60), reason: null }).me?.mutedUntil).toBeNull();
  const removed = withEvent(newRoom({ members: 2 }), { type: "removed", ...about("me"), reason: null });
  expect(removed).toMatchObject({ members: 1, me: { isMember: false, isRemoved: true } });
  const ended = withEvent(newRoom(), { type: "completed", finalPrice: "411.05", at: at(9) });
  expect(ended).toMatchObject({ status: "completed", price: "411.05", completedAt: at(9) });
});
