import type { Candle } from "@pult/api/trading/market/schema.ts";
import type { RoomTrade } from "@pult/api/trading/schema.ts";
import { START_PRICE } from "./curve.ts";
import { volumeOf } from "./room-state.ts";

const startOf = (at: string, span: number): string => {
  const seconds = Math.floor(Date.parse(at) / 1000);
  return new Date((seconds - (seconds % span)) * 1000).toISOString();
};

const larger = (a: string, b: string): string => (Number(a) > Number(b) ? a : b);
const smaller = (a: string, b: string): string => (Number(a) < Number(b) ? a : b);

/** Candles after one more trade; a span begins with the price at which the one before it ended. */
export function withTrade(candles: readonly Candle[], trade: RoomTrade, span: number): readonly Candle[] {
  const start = startOf(trade.at, span);
  const last = candles.at(-1);
  const volume = volumeOf(trade);
  if (last && last.start >= start) {
    const changed = {
      ...last,
      high: larger(last.high, trade.priceAfter),
      low: smaller(last.low, trade.priceAfter),
      close: trade.priceAfter,
      volume: String(BigInt(last.volume) + volume),
    };
    return [...candles.slice(0, -1), changed];
  }
  const open = last?.close ?? START_PRICE;
  const fresh = {
    start,
    open,
    high: larger(open, trade.priceAfter),
    low: smaller(open, trade.priceAfter),
    close: trade.priceAfter,
    volume: String(volume),
  };
  return [...candles, fresh];
}

interface Heard {
  /** While the candles were being read: some of them are counted already. */
  heard: readonly RoomTrade[];
  /** Without a hole from the first of them on. */
  known: readonly RoomTrade[];
  /** Whether the first that is known is the room's first. */
  isWhole: boolean;
}

/** Candles that were read, and the trades heard meanwhile: the spans that those touch are counted anew from the trades themselves. */
export function withHeard(
  candles: readonly Candle[],
  { heard, known, isWhole }: Heard,
  span: number,
): readonly Candle[] {
  const [first] = heard;
  if (!first) return candles;
  const from = startOf(first.at, span);
  const isCovered = isWhole || (known[0]?.at ?? from) < from;
  const [base, trades] = isCovered
    ? [candles.filter(({ start }) => start < from), known.filter(({ at }) => at >= from)]
    : [candles, heard];
  return trades.reduce((all, trade) => withTrade(all, trade, span), base);
}
