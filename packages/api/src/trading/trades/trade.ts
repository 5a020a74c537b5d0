import { createBatchWriter } from "@pult/db/batch-writer.ts";
import type { Context } from "../../context.ts";
import { perProcess } from "../../per-process.ts";
import { publishAppended } from "../../realtime/log.ts";
import { hashOf, requestKeyOf } from "../amounts.ts";
import { priceTopic, rewardsTopic } from "../events.ts";
import { refuseWhenFull, rereadWhenUnpublished } from "../publishing.ts";
import type { TradeInput, TradeResult } from "../schema.ts";
import { actingTrader } from "../traders.ts";
import { openQuote } from "./quote.ts";
import type { TradeDeps, TradeWrite, WrittenTrade } from "./write.ts";
import { applyTrades } from "./write-batch.ts";

/**
 * Buys or sells along a room's curve; acknowledged means committed, with every entry of the ledger.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for a trader who is not in the room, `NOT_FOUND`, `CONFLICT` for a balance that does not
 *   cover it, bounds or a quote that no longer hold, and a room that is completed or closed, `VALIDATION` for an amount that rounds to
 *   nothing and a client id that was used for something else
 */
export async function trade(ctx: Context, input: TradeInput): Promise<TradeResult> {
  return (await tradeOrRepeat(ctx, input)).result;
}

/** As `trade`, also telling whether the trade was made before. */
export async function tradeOrRepeat(
  ctx: Context,
  input: TradeInput,
): Promise<Pick<WrittenTrade, "result" | "isRepeat">> {
  const trader = actingTrader(ctx, input, "write");
  const { roomId, side, exact, amount, minOut, maxIn, quoteId, clientId } = input;
  const write: TradeWrite = {
    roomId,
    traderKey: trader.key,
    order: { side, exact, amount: BigInt(amount) },
    minOut: minOut === undefined ? null : BigInt(minOut),
    maxIn: maxIn === undefined ? null : BigInt(maxIn),
    quote: quoteId === undefined ? null : openQuote(ctx, quoteId, { ...input, traderKey: trader.key }),
    requestKey: requestKeyOf(clientId),
    isRepeatable: clientId !== undefined,
    fingerprint: hashOf(side, exact, amount, minOut ?? null, maxIn ?? null),
  };
  return tradeWriterOf(ctx).write(write).catch(refuseWhenFull);
}

/** A trade that was quoted, and is made as quoted or better until then; once for each intent. */
export interface QuotedTrade {
  intentId: string;
  roomId: string;
  traderKey: string;
  side: "buy" | "sell";
  exact: "in" | "out";
  amount: string;
  amountIn: string;
  amountOut: string;
  expiresAt: string;
}

/** Makes a trade that the trader has confirmed; callers have checked whose it is. @throws DomainError as `trade` */
export async function tradeAsQuoted(deps: TradeDeps, given: QuotedTrade): Promise<TradeResult> {
  const { roomId, traderKey, side, exact, amount, amountIn, amountOut, expiresAt, intentId } = given;
  const intent = hashOf("intent", intentId);
  const write: TradeWrite = {
    ...{ roomId, traderKey, order: { side, exact, amount: BigInt(amount) }, minOut: null, maxIn: null },
    quote: { in: BigInt(amountIn), out: BigInt(amountOut), expiresAt: Date.parse(expiresAt) },
    ...{ requestKey: intent, isRepeatable: true, fingerprint: intent },
  };
  return (await tradeWriterOf(deps).write(write).catch(refuseWhenFull)).result;
}

/** The writer of this process. */
export const tradeWriterOf = perProcess((deps: TradeDeps) =>
  createBatchWriter<TradeWrite, WrittenTrade>({
    db: deps.db,
    keyOf: ({ roomId }) => roomId,
    apply: (tx, writes) => applyTrades(tx, writes, deps.now()),
    publish(results) {
      for (const { published } of results) if (published) publish(deps, published);
    },
    publishFailed: rereadWhenUnpublished(deps, "trades"),
  }),
);

function publish({ bus }: TradeDeps, { appended, prices, rewards }: NonNullable<WrittenTrade["published"]>): void {
  publishAppended(bus, appended);
  for (const price of prices) bus.publishLatest(priceTopic.name(price.mintAddress), price);
  for (const { key, value } of rewards) bus.publishLatest(rewardsTopic.name(key), value);
}
