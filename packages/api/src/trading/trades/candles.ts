import type { Transaction } from "@pult/db/database.ts";
import { rowsOf, tableOf, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Price } from "../curve.ts";
import { RESOLUTIONS } from "../resolutions.ts";

/** What a trade does to the price. */
export interface PriceChange {
  roomId: string;
  before: Price;
  after: Price;
  /** Lamports. */
  volume: bigint;
}

interface Candle {
  roomId: string;
  resolution: number;
  /** Unix seconds. */
  start: number;
  open: Price;
  high: Price;
  low: Price;
  close: Price;
  volume: bigint;
}

const largest = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const smallest = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Candles of every resolution, of changes in their order that happened at one moment. */
export function candlesOf(changes: readonly PriceChange[], now: Date): Candle[] {
  const seconds = Math.floor(now.getTime() / 1000);
  const candles = new Map<string, Candle>();
  for (const resolution of Object.values(RESOLUTIONS)) {
    for (const { roomId, before, after, volume } of changes) {
      const key = `${roomId} ${resolution}`;
      const known = candles.get(key);
      const start = seconds - (seconds % resolution);
      const { open, high, low } = known ?? { open: before, high: before, low: before };
      candles.set(key, {
        ...{ roomId, resolution, start, open, close: after },
        high: largest(high, after),
        low: smallest(low, after),
        volume: (known?.volume ?? 0n) + volume,
      });
    }
  }
  return [...candles.values()];
}

/** Adds to candles that are there. The rooms are locked, so that changes come in their order. */
export async function saveCandles(tx: Transaction, candles: readonly Candle[]): Promise<void> {
  await tx.execute(sql`
    insert into room_candles as k (room_id, resolution, start, open, high, low, close, volume)
    select "roomId", resolution, to_timestamp(start), open, high, low, close, volume from ${tableOf(candles, CANDLE)}
    on conflict (room_id, resolution, start) do update set high = greatest(k.high, excluded.high), low = least(k.low, excluded.low),
      close = excluded.close, volume = k.volume + excluded.volume`);
}

const CANDLE = {
  roomId: "uuid",
  resolution: "integer",
  start: "bigint",
  open: "bigint",
  high: "bigint",
  low: "bigint",
  close: "bigint",
  volume: "bigint",
} as const;

const DAY_SECONDS = 86_400;
const MINUTE = RESOLUTIONS["1m"];

/** Lamports traded in rooms in the last 24 hours, to the minute. */
export async function readDayVolumes(
  db: Pick<Transaction, "execute">,
  roomIds: readonly string[],
  now: Date,
): Promise<Map<string, bigint>> {
  const since = new Date(now.getTime() - DAY_SECONDS * 1000).toISOString();
  const rows = rowsOf<{ id: string; volume: string }>(
    await db.execute(sql`
      select room_id as id, sum(volume)::text as volume from room_candles
      where room_id in ${uuidsIn(roomIds)} and resolution = ${MINUTE}::int and start > ${since}::timestamptz group by room_id`),
  );
  return new Map(rows.map(({ id, volume }) => [id, BigInt(volume)]));
}
