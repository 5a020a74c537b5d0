/** Upper bounds in milliseconds of the buckets of `LagBuckets`; what is longer falls into one more. */
export const LAG_BOUNDS_MS = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000] as const;

/** A histogram of fixed buckets: observing is a short walk and two additions. */
export class LagBuckets {
  /** How many fell into each bucket, by `LAG_BOUNDS_MS`; the last one has no bound. Not cumulative. */
  readonly counts = new Float64Array(LAG_BOUNDS_MS.length + 1);
  sumMs = 0;

  observe(ms: number): void {
    let index = 0;
    while (index < LAG_BOUNDS_MS.length && ms > (LAG_BOUNDS_MS[index] as number)) index++;
    this.counts[index] = (this.counts[index] as number) + 1;
    this.sumMs += ms;
  }
}

/** What the realtime engine has counted since the process began, and what it holds now. Read when asked for, never pushed. */
export interface RealtimeStats {
  /** Open sockets by gateway. */
  readonly connections: Readonly<Record<string, number>>;
  /** Members of topics now, by the topic's class. */
  readonly subscriptions: { readonly log: number; readonly latest: number };
  /** Frames handed to sockets, by the topic's class. */
  readonly deliveries: { readonly log: number; readonly latest: number };
  /** Bytes of those frames. */
  readonly bytes: number;
  /** Sockets closed because their queue was full, by gateway. */
  readonly slowCloses: Readonly<Record<string, number>>;
  /** Latest values that a draining socket did not get, because a newer one replaced them. */
  readonly skipped: number;
  /** Log readers that asked for a position: continued from it, or told to start from a snapshot. */
  readonly resumes: { readonly recovered: number; readonly notRecovered: number };
  /** From publishing to handing to the sockets, one observation per publication. */
  readonly lag: Pick<LagBuckets, "counts" | "sumMs">;
  /** Bytes that wait in user space for their sockets to drain: all together, and the worst single socket. */
  queuedBytes(): { total: number; max: number };
}

/** The counters as the engine keeps them: plain numbers, so that counting a delivery costs one addition. */
export class RealtimeCounters implements RealtimeStats {
  readonly connections: Record<string, number> = {};
  readonly subscriptions = { log: 0, latest: 0 };
  readonly deliveries = { log: 0, latest: 0 };
  bytes = 0;
  readonly slowCloses: Record<string, number> = {};
  skipped = 0;
  readonly resumes = { recovered: 0, notRecovered: 0 };
  readonly lag = new LagBuckets();
  /** Set by the socket runtime. */
  queuedBytes: RealtimeStats["queuedBytes"] = () => ({ total: 0, max: 0 });

  /** Shows the gateway before its first connection. */
  addGateway(name: string): void {
    this.connections[name] ??= 0;
    this.slowCloses[name] ??= 0;
  }

  countConnection(gateway: string, change: 1 | -1): void {
    this.connections[gateway] = (this.connections[gateway] ?? 0) + change;
  }

  countSlowClose(gateway: string): void {
    this.slowCloses[gateway] = (this.slowCloses[gateway] ?? 0) + 1;
  }
}
