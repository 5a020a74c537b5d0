import { outboxPending } from "@pult/api/outbox/pending.ts";
import type { BusState } from "@pult/api/realtime/bus.ts";
import type { Metric, Reading } from "@pult/api/slice.ts";
import { slices } from "@pult/api/slices.ts";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { App } from "../app.ts";
import type { RealtimeCounters } from "./realtime-stats.ts";

/** What the metrics are read from, at the moment they are asked for. */
export interface MetricSources {
  realtime: RealtimeCounters;
  bus(): { state: BusState; gaps: number };
  /** Distinct customers and agents connected, over all nodes that are heard. */
  online(): number;
  /** Calls refused by the rate limits since the process began. */
  rateLimited(): number;
  /** `declaredMetrics`, each with how it is read. */
  declared: readonly (Omit<Metric, "read"> & { read(): Reading | Promise<Reading> })[];
}

const BUS_STATES = ["alone", "connected", "away"] as const;

/** Figures of the slices and of what they share. */
export const declaredMetrics = (): Metric[] => [outboxPending, ...slices.flatMap((slice) => slice.metrics)];

export function openSources(
  { deps, nodes, system }: Pick<App, "deps" | "nodes" | "system">,
  limits: { readonly refused: number },
  realtime: RealtimeCounters,
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
    declared: declaredMetrics().map((metric) => ({ ...metric, read: () => metric.read(system) })),
  };
}

/** The product's metrics. Every value is read from its source when it is asked for; no label holds anything a user can choose. */
export function createRegistry({ realtime, bus, online, rateLimited, declared }: MetricSources): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const add =
    (Kind: typeof Counter | typeof Gauge) =>
    (name: string, help: string, read: () => Reading | Promise<Reading>, label?: string): void => {
      new (Kind as typeof Counter)({
        name,
        help,
        registers: [registry],
        labelNames: label ? [label] : [],
        async collect() {
          const value = (await read()) ?? Number.NaN;
          this.reset();
          if (typeof value === "number") this.inc(value);
          else for (const [one, number] of Object.entries(value)) this.inc({ [label ?? ""]: one }, number);
        },
      });
    };
  const gauge = add(Gauge);
  const counter = add(Counter);

  gauge("pult_connections", "Open sockets", () => realtime.connections, "gateway");
  gauge("pult_subscriptions", "Members of topics", () => realtime.subscriptions, "class");
  counter("pult_deliveries_total", "Frames handed to sockets", () => realtime.deliveries, "class");
  counter("pult_delivered_bytes_total", "Bytes of the frames handed to sockets", () => realtime.bytes);
  const queues = "Bytes that wait for their sockets to drain, of all and of the worst";
  gauge("pult_socket_queue_bytes", queues, () => realtime.queuedBytes(), "of");
  counter(
    "pult_slow_closes_total",
    "Sockets closed because their queue was full",
    () => realtime.slowCloses,
    "gateway",
  );
  const skipped = "Values a draining socket did not get because a newer one replaced them";
  counter("pult_latest_skipped_total", skipped, () => realtime.skipped);
  const resumes = "Log readers that named a position, by whether it could be continued";
  counter("pult_resumes_total", resumes, () => realtime.resumes, "recovered");
  registry.registerMetric(realtime.lag);

  counter("pult_rate_limited_total", "Calls refused by the rate limits", rateLimited);
  for (const { kind, name, help, read, label } of declared)
    (kind === "gauge" ? gauge : counter)(name, help, read, label);
  gauge("pult_online", "Distinct customers and agents connected", online);
  const stateOfBus = () => Object.fromEntries(BUS_STATES.map((state) => [state, Number(state === bus().state)]));
  gauge("pult_bus_state", "1 for the state of the bus between nodes, 0 for the others", stateOfBus, "state");
  const gaps = "Times that events of other nodes may have been missed and logs were read on";
  counter("pult_bus_gaps_total", gaps, () => bus().gaps);
  return registry;
}
