import type { Actor, Customer } from "../actor.ts";
import type { RoomState, TradeInput } from "../trading/schema.ts";
import { callerOf, keyWith, makeCustomer } from "./factories.ts";
import type { TestDeps } from "./test-deps.ts";
import { makeWallet } from "./wallet.ts";

/** A customer who is known by a wallet. */
export const makeTrader = (given: Partial<Customer> = {}): Customer =>
  makeCustomer({ namespace: "wallet", externalId: makeWallet().address, name: null, ...given });

/** A room that a server created, with as many traders in it. */
export async function openRoom(deps: TestDeps, { traders: count = 1, feeBps = 100 } = {}) {
  const staff = callerOf(deps, keyWith("trading:write")).trading;
  const { id: roomId, tokenMint } = await staff.rooms.create({ name: "Room", feeBps });
  const traders = Array.from({ length: count }, () => makeTrader());
  await Promise.all(traders.map((one) => callerOf(deps, one).trading.rooms.join({ roomId })));
  const as = (actor: Actor) => callerOf(deps, actor).trading;
  return {
    roomId,
    tokenMint,
    traders,
    trader: traders[0] as Customer,
    staff,
    as,
    trade: (actor: Actor, given: Omit<Partial<TradeInput>, "roomId"> & Pick<TradeInput, "side" | "amount">) =>
      as(actor).trade({ roomId, ...given }),
    state: (actor: Actor): Promise<RoomState> => as(actor).rooms.get({ roomId }),
  };
}
