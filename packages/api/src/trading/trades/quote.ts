import { z } from "zod";
import type { Context } from "../../context.ts";
import { formatPrice } from "../amounts.ts";
import { averagePriceOf, type Order, priceImpactOf, priceOf } from "../curve.ts";
import { tradingError } from "../errors.ts";
import { findRoom } from "../rooms/rows.ts";
import type { Quote, QuoteInput } from "../schema.ts";
import { actingTrader } from "../traders.ts";
import { requireFill } from "./fill.ts";
import type { TradeWrite } from "./write.ts";

/** How long a quote holds. */
export const QUOTE_MS = 3_000;

const sealedQuote = z.object({ order: z.string(), in: z.string(), out: z.string(), expiresAt: z.number() });

/** The trade that a quote is for: it opens for no other. */
interface Quoted extends Pick<QuoteInput, "roomId" | "side" | "exact" | "amount"> {
  traderKey: string;
}
const placeOf = ({ roomId, traderKey }: Quoted): string => `trading/quote/${roomId}/${traderKey}`;
const orderOf = ({ side, exact, amount }: Quoted): string => `${side} ${exact} ${amount}`;

/**
 * What a trade would come to now, for 3 s: with the quote's id it is made so, or better, or refused.
 * @throws DomainError as `trade`, but for balances and membership
 */
export async function quoteTrade(ctx: Context, input: QuoteInput): Promise<Quote> {
  const { key: traderKey } = actingTrader(ctx, input, "read");
  const room = await findRoom(ctx.db, input.roomId);
  if (!room) throw tradingError("roomNotFound");
  const order: Order = { side: input.side, exact: input.exact, amount: BigInt(input.amount) };
  const fill = requireFill(room, order);
  const expiresAt = ctx.now().getTime() + QUOTE_MS;
  const quoted = { ...input, traderKey };
  const content = { order: orderOf(quoted), in: String(fill.in), out: String(fill.out), expiresAt };
  return {
    quoteId: ctx.vault.seal(placeOf(quoted), JSON.stringify(content)),
    expiresAt: new Date(expiresAt).toISOString(),
    side: order.side,
    amountIn: String(fill.in),
    amountOut: String(fill.out),
    fee: String(fill.fee),
    price: formatPrice(averagePriceOf(order, fill)),
    priceAfter: formatPrice(priceOf(fill.after)),
    priceImpactBps: priceImpactOf(room.curve, order, fill),
  };
}

/** @throws DomainError `VALIDATION` for what is no quote of this trade */
export function openQuote({ vault }: Pick<Context, "vault">, quoteId: string, quoted: Quoted): TradeWrite["quote"] {
  const content = vault.openOrNull(placeOf(quoted), quoteId);
  const quote = content === null ? null : sealedQuote.parse(JSON.parse(content));
  if (quote?.order !== orderOf(quoted)) throw tradingError("quoteInvalid");
  return { in: BigInt(quote.in), out: BigInt(quote.out), expiresAt: quote.expiresAt };
}
