import type { StatusSample } from "@pult/api/notifications/analytics/schema.ts";
import type { BotStatus } from "@pult/api/notifications/schema.ts";

export type Sample = { at: number; status: BotStatus };

/** One sample for each step is kept, the newest. */
const STEP_MS = 15_000;
/** What the sparklines reach back to. */
export const SPAN_MS = 3_600_000;

const stepOf = (at: number) => Math.floor(at / STEP_MS);

/** The samples with one more. @param at epoch ms when it was received */
export function addSample(samples: readonly Sample[], status: BotStatus, at: number): Sample[] {
  const last = samples.at(-1);
  const before = last && stepOf(last.at) === stepOf(at) ? samples.slice(0, -1) : samples;
  return [...before.filter((sample) => sample.at > at - SPAN_MS), { at, status }];
}

/** What was heard, after what the server had written down before that. */
export function withHistory(samples: readonly Sample[], written: readonly StatusSample[]): Sample[] {
  const since = samples[0]?.at ?? Number.POSITIVE_INFINITY;
  const earlier = written.map(({ at, running, connected, messages, alerts, profit }) => ({
    at: Date.parse(at),
    status: {
      running,
      uptime: 0,
      activeUsers: connected,
      messagesProcessed: messages,
      alertsSent: alerts,
      sessionPnL: profit,
      sessionTrades: 0,
      lastTrade: null,
    },
  }));
  return [...earlier.filter(({ at }) => at < since), ...samples];
}

type Point = { at: number; value: number };

const MIN_SPAN_MS = 60_000;
const PADDING = 1;

/**
 * A line through points, over the time that they span, for a drawing of this size; empty below two points. A value that does not change
 * lies at the foot.
 */
export function sparkline(points: readonly Point[], width: number, height: number): string {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 2) return "";
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = Math.max(MIN_SPAN_MS, last.at - first.at);
  const x = (at: number) => width - ((last.at - at) / span) * width;
  const y = (value: number) =>
    high === low ? height - PADDING : height - PADDING - ((value - low) / (high - low)) * (height - 2 * PADDING);
  return points.map(({ at, value }, index) => `${index ? "L" : "M"}${round(x(at))} ${round(y(value))}`).join("");
}

const round = (value: number) => Math.round(value * 10) / 10;
