import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { formatPrice } from "../amounts.ts";
import { RESOLUTIONS } from "../resolutions.ts";
import { isoOf } from "../rooms/rows.ts";
import { requireRoom } from "../rooms/state.ts";
import type { Candle, CandlesPage, ListCandlesInput } from "./schema.ts";

/** The newest candles of a room, oldest first. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function listCandles(ctx: Context, input: ListCandlesInput): Promise<CandlesPage> {
  const { roomId, resolution, before, limit } = input;
  await requireRoom(ctx, roomId);
  const rows = rowsOf<Candle>(
    await ctx.db.execute(sql`
      select ${isoOf("start")} as start, open::text, high::text, low::text, close::text, volume::text from room_candles
      where room_id = ${roomId}::uuid and resolution = ${RESOLUTIONS[resolution]}::int
        and ${before === undefined ? sql`true` : sql`start < ${before}::timestamptz`}
      order by start desc limit ${limit + 1}`),
  );
  const candles = rows.slice(0, limit).map(toCandle).reverse();
  return { candles, nextBefore: rows.length > limit ? (candles[0]?.start ?? null) : null };
}

const toCandle = ({ start, open, high, low, close, volume }: Candle): Candle => ({
  ...{ start, open: formatPrice(BigInt(open)), high: formatPrice(BigInt(high)) },
  ...{ low: formatPrice(BigInt(low)), close: formatPrice(BigInt(close)), volume },
});
