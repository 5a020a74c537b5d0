import type { Candle } from "@pult/api/trading/market/schema.ts";
import { RESOLUTIONS, type Resolution } from "@pult/api/trading/resolutions.ts";
import type { RoomTrade } from "@pult/api/trading/schema.ts";

/** A step of a room's life: what its token cost at the end of a span in which there were trades. */
export interface Step {
  /** ISO 8601, when the span ended. */
  at: string;
  price: string;
}

/** A life is told in no more steps, which a picture and a few requests bear. */
const MAX_STEPS = 4_000;

/** The finest candles that tell a life of this length. */
export function resolutionFor(lifeMs: number): Resolution {
  const names = Object.keys(RESOLUTIONS) as Resolution[];
  return names.find((name) => lifeMs <= RESOLUTIONS[name] * 1000 * MAX_STEPS) ?? "1d";
}

/** @param endedAt of the room: its last span ends with it */
export function stepsOf(candles: readonly Candle[], resolution: Resolution, endedAt: string): Step[] {
  return candles.map(({ start, close }) => {
    const end = new Date(Date.parse(start) + RESOLUTIONS[resolution] * 1000).toISOString();
    return { at: end < endedAt ? end : endedAt, price: close };
  });
}

/** All of it takes about as long. */
const LENGTH_MS = 20_000;
const MIN_TICK_MS = 50;
const MAX_TICK_MS = 500;
/** For those who want no motion: as many pictures, one a second. */
const STILLS = 20;

/** How fast a life is told. */
export function paceOf(count: number, isStill: boolean): { steps: number; everyMs: number } {
  if (isStill) return { steps: Math.ceil(count / STILLS), everyMs: 1_000 };
  return {
    steps: Math.ceil(count / (LENGTH_MS / MIN_TICK_MS)),
    everyMs: Math.min(MAX_TICK_MS, Math.max(MIN_TICK_MS, LENGTH_MS / Math.max(1, count))),
  };
}

/** Trades until a step, of trades in their order. */
export function tradesUntil(trades: readonly RoomTrade[], step: Step | undefined): readonly RoomTrade[] {
  if (!step) return [];
  return trades.slice(0, trades.findLastIndex(({ at }) => at <= step.at) + 1);
}
