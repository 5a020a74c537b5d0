import { type Fill, fillOrder, type Order, START } from "../curve.ts";
import { tradingError } from "../errors.ts";
import type { MemberRecord } from "../rooms/members.ts";
import type { RoomRecord } from "../rooms/rows.ts";

/**
 * What an order comes to in a room.
 * @throws DomainError `CONFLICT` for a room where nothing is traded any more, and a sell for more SOL than its curve holds, `VALIDATION` for
 *   what rounds to nothing
 */
export function requireFill({ status, curve, feeBps }: RoomRecord, order: Order): Fill {
  if (status !== "open") throw tradingError(status);
  const fill = fillOrder(curve, order, feeBps);
  if (fill) return fill;
  // Anything else that comes to nothing is too little.
  const isTooMuch = order.side === "sell" && order.exact === "out";
  throw isTooMuch ? insufficient(order.amount, curve.sol - START.sol) : tradingError("nothingToTrade");
}

/** @throws DomainError `CONFLICT` for a balance that does not cover what is given */
export function requireCovered({ side }: Order, fill: Fill, { sol, token }: Pick<MemberRecord, "sol" | "token">): void {
  const available = side === "buy" ? sol : token;
  if (fill.in > available) throw insufficient(fill.in, available);
}

const insufficient = (needed: bigint, available: bigint) =>
  tradingError("insufficientBalance", { needed: String(needed), available: String(available) });
