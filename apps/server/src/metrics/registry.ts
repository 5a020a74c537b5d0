import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { lagHistogram } from "./lag-histogram.ts";
import type { MetricSources } from "./sources.ts";

type Labels = Record<string, number>;
const BUS_STATES = ["alone", "connected", "away"] as const;

/** The product's metrics. Every value is read from its source when it is asked for; no label holds anything a user can choose. */
export function createRegistry(sources: MetricSources): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addRealtime(registry, sources);
  addNode(registry, sources);
  return registry;
}

function addRealtime(registry: Registry, { realtime }: MetricSources): void {
  const gauge = labelledGauge(registry);
  const counter = labelledCounter(registry);
  gauge("pult_connections", "Open sockets", {
    label: "gateway",
    read: () => ({ ...realtime.connections }),
  });
  gauge("pult_subscriptions", "Members of topics", { label: "class", read: () => ({ ...realtime.subscriptions }) });
  counter("pult_deliveries_total", "Frames handed to sockets", {
    label: "class",
    read: () => ({ ...realtime.deliveries }),
  });
  counter("pult_delivered_bytes_total", "Bytes of the frames handed to sockets", { read: () => realtime.bytes });
  gauge("pult_socket_queue_bytes", "Bytes that wait for their sockets to drain, of all and of the worst", {
    label: "of",
    read: () => {
      const { total, max } = realtime.queuedBytes();
      return { all: total, worst: max };
    },
  });
  counter("pult_slow_closes_total", "Sockets closed because their queue was full", {
    label: "gateway",
    read: () => ({ ...realtime.slowCloses }),
  });
  counter("pult_latest_skipped_total", "Values a draining socket did not get because a newer one replaced them", {
    read: () => realtime.skipped,
  });
  counter("pult_resumes_total", "Log readers that named a position, by whether it could be continued", {
    label: "recovered",
    read: () => ({ yes: realtime.resumes.recovered, no: realtime.resumes.notRecovered }),
  });
  lagHistogram(registry, realtime.lag);
}

function addNode(registry: Registry, sources: MetricSources): void {
  const gauge = labelledGauge(registry);
  const counter = labelledCounter(registry);
  counter("pult_rate_limited_total", "Calls refused by the rate limits", { read: () => sources.rateLimited() });
  for (const { metric, read } of sources.declared)
    (metric.kind === "gauge" ? gauge : counter)(metric.name, metric.help, { read });
  gauge("pult_online", "Distinct customers and agents connected", { read: () => sources.online() });
  gauge("pult_bus_state", "1 for the state of the bus between nodes, 0 for the others", {
    label: "state",
    read: () => Object.fromEntries(BUS_STATES.map((state) => [state, state === sources.bus().state ? 1 : 0])),
  });
  counter("pult_bus_gaps_total", "Times that events of other nodes may have been missed and logs were read on", {
    read: () => sources.bus().gaps,
  });
}

/** One number, or one for each value of the label; null is no value now. */
type Reading =
  | { label: string; read(): Labels }
  | { label?: undefined; read(): number | null | Promise<number | null> };

function labelledGauge(registry: Registry) {
  return (name: string, help: string, reading: Reading): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      labelNames: reading.label ? [reading.label] : [],
      async collect() {
        this.reset();
        await each(reading, (labels, value) => this.set(labels, value));
      },
    });
  };
}

function labelledCounter(registry: Registry) {
  return (name: string, help: string, reading: Reading): void => {
    new Counter({
      name,
      help,
      registers: [registry],
      labelNames: reading.label ? [reading.label] : [],
      async collect() {
        this.reset();
        await each(reading, (labels, value) => this.inc(labels, value));
      },
    });
  };
}

async function each(reading: Reading, put: (labels: Record<string, string>, value: number) => void): Promise<void> {
  if (reading.label === undefined) {
    const value = await reading.read();
    put({}, value ?? Number.NaN);
    return;
  }
  for (const [name, value] of Object.entries(reading.read())) put({ [reading.label]: name }, value);
}
