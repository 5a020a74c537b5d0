import { outboxPending } from "@pult/api/outbox/pending.ts";
import type { BusState } from "@pult/api/realtime/bus.ts";
import type { Metric } from "@pult/api/slice.ts";
import { slices } from "@pult/api/slices.ts";
import type { App } from "../app.ts";
import type { GuessLimits, RateLimits } from "../rate-limits.ts";
import type { RealtimeStats } from "./realtime-stats.ts";

/** What the metrics are read from, at the moment they are asked for. */
export interface MetricSources {
  realtime: RealtimeStats;
  bus(): { state: BusState; gaps: number };
  /** Distinct customers and agents connected, over all nodes that are heard. */
  online(): number;
  /** Calls refused by the rate limits since the process began. */
  rateLimited(): number;
  /** `declaredMetrics`, each with how it is read. */
  declared: { metric: Metric; read(): number | null | Promise<number | null> }[];
}

/** Figures of the slices and of what they share. */
export const declaredMetrics = (): Metric[] => [outboxPending, ...slices.flatMap((slice) => slice.metrics)];

/** Counts what the limits refuse. */
export function countRefusals(
  limits: RateLimits & GuessLimits,
): RateLimits & GuessLimits & { readonly refused: number } {
  let refused = 0;
  const counted = <Args extends unknown[]>(count: (...args: Args) => Promise<void>) => {
    return async (...args: Args): Promise<void> => {
      try {
        await count(...args);
      } catch (error) {
        refused += 1;
        throw error;
      }
    };
  };
  return {
    count: counted(limits.count),
    countHandshake: counted(limits.countHandshake),
    countSignIn: counted(limits.countSignIn),
    countGuess: counted(limits.countGuess),
    isNewGuesser: limits.isNewGuesser,
    refuseGuesser(ip) {
      try {
        limits.refuseGuesser(ip);
      } catch (error) {
        refused += 1;
        throw error;
      }
    },
    get refused() {
      return refused;
    },
  };
}

export function openSources(
  { deps, nodes, system }: Pick<App, "deps" | "nodes" | "system">,
  limits: { readonly refused: number },
  realtime: RealtimeStats,
): MetricSources {
  let gaps = 0;
  nodes.bus.onGap(() => {
    gaps += 1;
  });
  return {
    realtime,
    bus: () => ({ state: nodes.bus.state, gaps }),
    online: () => deps.presence.online,
    rateLimited: () => limits.refused,
    declared: declaredMetrics().map((metric) => ({ metric, read: () => metric.read(system) })),
  };
}
