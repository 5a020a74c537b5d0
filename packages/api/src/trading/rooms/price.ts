import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import type { LatestView } from "../../realtime/view.ts";
import { formatPrice } from "../amounts.ts";
import { marketValueOf, priceOf } from "../curve.ts";
import { tradingError } from "../errors.ts";
import { priceTopic } from "../events.ts";
import type { PriceUpdate } from "../schema.ts";
import { readDayVolumes } from "../trades/candles.ts";
import { type RoomRecord, selectRooms } from "./rows.ts";

export const priceUpdateOf = ({ id, tokenMint, curve }: RoomRecord, volume: bigint, now: Date): PriceUpdate => ({
  mintAddress: tokenMint,
  roomId: id,
  price: formatPrice(priceOf(curve)),
  volume: String(volume),
  marketValue: String(marketValueOf(curve)),
  at: now.toISOString(),
});

/** The price of a token now. @throws DomainError `UNAUTHORIZED` when anonymous, `NOT_FOUND` */
export async function readPrice(ctx: Context, { mintAddress }: { mintAddress: string }): Promise<PriceUpdate> {
  if (ctx.actor.kind === "anonymous") throw requestError("signInRequired");
  const [room] = await selectRooms(ctx.db, sql`where r.token_mint = ${mintAddress}`);
  if (!room) throw tradingError("tokenNotFound");
  const volumes = await readDayVolumes(ctx.db, [room.id], ctx.now());
  return priceUpdateOf(room, volumes.get(room.id) ?? 0n, ctx.now());
}

/** The price of a token, now and after every trade. @throws DomainError as `readPrice` */
export async function followPrice(ctx: Context, input: { mintAddress: string }): Promise<LatestView<PriceUpdate>> {
  await readPrice(ctx, input);
  return {
    kind: "latest",
    topic: priceTopic.name(input.mintAddress),
    reader: null,
    read: () => readPrice(ctx, input),
    mayRead: (actor) => priceTopic.mayRead(actor, input.mintAddress),
  };
}
