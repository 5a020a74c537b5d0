import type { BusState } from "@pult/api/realtime/bus.ts";
import type { Parts } from "../deps.ts";
import type { GuessLimits, RateLimits } from "../rate-limits.ts";
import { countPending } from "./outbox-pending.ts";
import type { RealtimeStats } from "./realtime-stats.ts";

/** What the metrics are read from, at the moment somebody asks. */
export interface MetricSources {
  realtime: RealtimeStats;
  bus(): { state: BusState; gaps: number };
  /** Distinct customers and agents connected, over all nodes that are heard. */
  online(): number;
  /** Calls refused by the rate limits since the process began. */
  rateLimited(): number;
  /** Messages that wait for a transaction to be written in. */
  writesWaiting(): number;
  /** Rows that the outbox still owes the outside world; null when the database does not say so in time. */
  outboxPending(): Promise<number | null>;
}

/** Counts what is refused on its way through. */
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
  { deps, nodes }: Pick<Parts, "deps" | "nodes">,
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
    writesWaiting: () => deps.messageWriter.waiting,
    outboxPending: countPending(deps),
  };
}
