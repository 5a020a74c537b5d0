import type { Context } from "../../context.ts";
import { formatPrice } from "../amounts.ts";
import { type Curve, fillOrder, type Order, priceOf, START } from "../curve.ts";
import { requireRoom } from "../rooms/state.ts";
import type { Depth, DepthInput, DepthLevel } from "./schema.ts";

/** How much a room's curve trades until which price. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function readDepth(ctx: Context, { roomId, levels }: DepthInput): Promise<Depth> {
  const { curve } = await requireRoom(ctx, roomId);
  return {
    price: formatPrice(priceOf(curve)),
    asks: levelsOf(curve, { side: "buy", exact: "out" }, curve.forSale, levels),
    bids: levelsOf(curve, { side: "sell", exact: "in" }, START.forSale - curve.forSale, levels),
  };
}

/** Steps that grow from the present price outwards, where most trades are. */
function levelsOf(curve: Curve, order: Omit<Order, "amount">, units: bigint, levels: number): DepthLevel[] {
  return Array.from({ length: levels }, (_, at) => BigInt(at + 1)).flatMap((step) => {
    const token = (units * step * step) / BigInt(levels * levels);
    const fill = token > 0n ? fillOrder(curve, { ...order, amount: token }, 0) : null;
    if (!fill) return [];
    return [{ price: formatPrice(priceOf(fill.after)), token: String(token), sol: String(fill.moved) }];
  });
}
