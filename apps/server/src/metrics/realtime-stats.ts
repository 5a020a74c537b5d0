import { Histogram } from "prom-client";

/** What the realtime engine has counted since the process began, and what it holds now. Plain numbers: counting a delivery costs one addition. */
export class RealtimeCounters {
  /** Open sockets by gateway. */
  readonly connections: Record<string, number> = {};
  /** Members of topics now, by the topic's class. */
  readonly subscriptions = { log: 0, latest: 0 };
  /** Frames handed to sockets, by the topic's class. */
  readonly deliveries = { log: 0, latest: 0 };
  /** Bytes of those frames. */
  bytes = 0;
  /** Sockets closed because their queue was full, by gateway. */
  readonly slowCloses: Record<string, number> = {};
  /** Latest values that a draining socket did not get, because a newer one replaced them. */
  skipped = 0;
  /** Log readers that asked for a position, by whether it was continued: the others start from a snapshot. */
  readonly resumes = { yes: 0, no: 0 };
  /** Seconds from publishing to handing to the sockets, one observation per publication. */
  readonly lag = new Histogram({
    name: "pult_publish_to_socket_seconds",
    help: "From publishing an event to handing it to the sockets",
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [],
  });
  /** Bytes that wait in user space for their sockets to drain: all together, and the worst single socket. Set by the socket runtime. */
  queuedBytes: () => { all: number; worst: number } = () => ({ all: 0, worst: 0 });

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
