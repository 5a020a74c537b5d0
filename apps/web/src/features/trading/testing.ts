import { averagePriceOf, type Curve, fillOrder, type Order, priceOf, START } from "@pult/api/trading/curve.ts";
import type { RoomState, RoomTrade } from "@pult/api/trading/schema.ts";
import { toDecimal } from "./amounts.ts";

const NOON = Date.parse("2026-11-29T12:00:00.000Z");

/** `12:00:05` as tests write five seconds after noon. */
export const at = (seconds: number): string => new Date(NOON + seconds * 1000).toISOString();

const reservesOf = ({ sol, token, forSale }: Curve) => ({
  sol: String(sol),
  token: String(token),
  forSale: String(forSale),
});

/** Trades along a new curve, numbered from 1, one a second. */
export function tradesOf(orders: readonly (Order & { by?: string })[]): RoomTrade[] {
  let curve = START;
  return orders.map(({ by = "other", ...order }, index) => {
    const fill = fillOrder(curve, order, 100);
    if (!fill) throw new Error("An order of the test comes to nothing");
    curve = fill.after;
    return {
      sequence: index + 1,
      ...{ traderId: by, userId: by, name: by },
      side: order.side,
      ...{ amountIn: String(fill.in), amountOut: String(fill.out), fee: String(fill.fee) },
      price: toDecimal(averagePriceOf(order, fill), "sol"),
      priceAfter: toDecimal(priceOf(fill.after), "sol"),
      reserves: reservesOf(fill.after),
      at: at(index),
    };
  });
}

export const buy = (sol: number, by?: string): Order & { by?: string } => ({
  ...{ side: "buy", exact: "in", amount: BigInt(Math.round(sol * 1e9)) },
  ...(by ? { by } : {}),
});

/** A room that the trader `me` has joined, before its first trade. */
export const newRoom = (fields: Partial<RoomState> = {}): RoomState => ({
  id: "b3b1d6a0-0000-4000-8000-000000000001",
  name: "Room",
  tokenMint: "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T",
  status: "open",
  feeBps: 100,
  reserves: reservesOf(START),
  price: toDecimal(priceOf(START), "sol"),
  marketValue: "27958993476",
  volume: "0",
  tradeCount: 0,
  createdAt: at(0),
  completedAt: null,
  closedAt: null,
  participants: 1,
  members: 1,
  dayVolume: "0",
  messages: [],
  trades: [],
  spoken: [],
  me: {
    traderId: "me",
    userId: "me",
    isMember: true,
    balances: { sol: "10000000000", token: "0" },
    mutedUntil: null,
    isRemoved: false,
  },
  ...fields,
});
