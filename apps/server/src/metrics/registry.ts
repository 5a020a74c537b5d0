import type { Distribution, Sample } from "@pult/api/counts.ts";
import { outboxPending } from "@pult/api/outbox/pending.ts";
import type { BusState } from "@pult/api/realtime/bus.ts";
import type { Metric, Reading } from "@pult/api/slice.ts";
import { slices } from "@pult/api/slices.ts";
import { Counter, collectDefaultMetrics, Gauge, type Histogram, Registry } from "prom-client";
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
    (name: string, help: string, read: () => Reading | Promise<Reading>, ...labelNames: string[]): void => {
      new (Kind as typeof Counter)({
        name,
        help,
        registers: [registry],
        labelNames,
        async collect() {
          const reading = await read();
          this.reset();
          for (const { labels, value } of samplesOf(reading, labelNames)) this.inc(labels, value);
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
  for (const metric of declared) {
    const { kind, name, help, read, labels = [] } = metric;
    if (kind === "histogram") registry.registerMetric(histogramOf(metric));
    else (kind === "gauge" ? gauge : counter)(name, help, read, ...labels);
  }
  gauge("pult_online", "Distinct customers and agents connected", online);
  const stateOfBus = () => Object.fromEntries(BUS_STATES.map((state) => [state, Number(state === bus().state)]));
  gauge("pult_bus_state", "1 for the state of the bus between nodes, 0 for the others", stateOfBus, "state");
  const gaps = "Times that events of other nodes may have been missed and logs were read on";
  counter("pult_bus_gaps_total", gaps, () => bus().gaps);
  return registry;
}

function samplesOf(reading: Reading, [label = ""]: readonly string[]): readonly Sample[] {
  if (reading === null) return [{ labels: {}, value: Number.NaN }];
  if (typeof reading === "number") return [{ labels: {}, value: reading }];
  if (Array.isArray(reading)) return reading;
  return Object.entries(reading as Record<string, number>).map(([one, value]) => ({ labels: { [label]: one }, value }));
}

type Declared = MetricSources["declared"][number];

/** A histogram that is counted elsewhere. */
function histogramOf({ name, help, read }: Declared): Histogram {
  const of = { name, help, type: "histogram", aggregator: "sum" };
  const get = async () => ({ ...of, values: seriesOf(name, (await read()) as Distribution) });
  return { ...of, get } as unknown as Histogram;
}

function seriesOf(name: string, { bounds, counts, sum }: Distribution) {
  let below = 0;
  const buckets = [...bounds, "+Inf"].map((le, index) => {
    below += counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: {}, value: sum },
    { metricName: `${name}_count`, labels: {}, value: below },
  ];
}
