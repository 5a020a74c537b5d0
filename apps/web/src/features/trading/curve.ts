import { fillOrder, type Order, priceOf, START } from "@pult/api/trading/curve.ts";
import type { Reserves } from "@pult/api/trading/schema.ts";
import { toDecimal } from "./amounts.ts";

/** What a token costs before the first trade of its room. */
export const START_PRICE = toDecimal(priceOf(START), "sol");

/** How much of what was for sale is sold, in hundredths of a percent, rounded down: 10,000 only when all of it is. */
export function progressBps({ forSale }: Reserves): number {
  return Number(((START.forSale - BigInt(forSale)) * 10_000n) / START.forSale);
}

/** Lamports that buyers have put in and sellers have not taken out. */
export const reserveOf = ({ sol }: Reserves): bigint => BigInt(sol) - START.sol;

/** The largest whole number whose square is not larger. */
export function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** A point of the depth: what trading until there moves. */
export interface DepthPoint {
  /** Of the price, in percent. */
  change: number;
  /** Lamports before the fee. */
  sol: bigint;
}

/** Lamports that the reserves gain, or lose, until the price has changed by a percentage: with a constant product it grows as their square. */
function movedAt(sol: bigint, change: number): bigint {
  const after = squareRoot((sol * sol * BigInt(100 + change)) / 100n);
  return after > sol ? after - sol : sol - after;
}

/** Lamports that buy all that is left for sale, rounded up. */
function solLeft({ sol, token, forSale }: Record<"sol" | "token" | "forSale", bigint>): bigint {
  return forSale === 0n ? 0n : (sol * forSale + token - forSale - 1n) / (token - forSale);
}

/** Percent on either side of the price that the depth tells of. */
export const MAX_CHANGE = 20;

const curveOf = ({ sol, token, forSale }: Reserves) => ({
  sol: BigInt(sol),
  token: BigInt(token),
  forSale: BigInt(forSale),
});

/**
 * How much can be sold and bought until the price has fallen or risen by 1 to 20 percent, nearest first. Where the curve ends, no more is
 * added: sellers take out what buyers put in, and buyers get what is for sale.
 */
export function depthOf(given: Reserves): { bids: DepthPoint[]; asks: DepthPoint[] } {
  const curve = curveOf(given);
  const most = { bids: curve.sol - START.sol, asks: solLeft(curve) };
  const points = (side: "bids" | "asks") =>
    Array.from({ length: MAX_CHANGE }, (_, at): DepthPoint => {
      const change = side === "asks" ? at + 1 : -(at + 1);
      const sol = movedAt(curve.sol, change);
      return { change, sol: sol < most[side] ? sol : most[side] };
    });
  return { bids: points("bids"), asks: points("asks") };
}

/** How far an order moves the price, as a point of the depth; null for one that comes to nothing. */
export function markOf(reserves: Reserves, order: Pick<Order, "side" | "amount">, feeBps: number): DepthPoint | null {
  const curve = curveOf(reserves);
  const fill = fillOrder(curve, { ...order, exact: "in" }, feeBps);
  if (!fill) return null;
  const { after, moved } = fill;
  const ratio = (after.sol * curve.token * 1_000_000n) / (after.token * curve.sol);
  return { change: Number(ratio) / 10_000 - 100, sol: moved };
}

/** Lamports that units are worth at the present price, rounded down. */
export const worthOf = (units: bigint | string, { sol, token }: Pick<Reserves, "sol" | "token">): bigint =>
  (BigInt(units) * BigInt(sol)) / BigInt(token);
