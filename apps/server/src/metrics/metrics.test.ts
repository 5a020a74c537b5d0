import { afterEach, expect, it } from "vitest";
import { RealtimeCounters } from "./realtime-stats.ts";
import type { MetricSources } from "./registry.ts";
import { type MetricsServer, startMetrics } from "./server.ts";

let server: MetricsServer | null = null;

afterEach(async () => {
  await server?.close();
  server = null;
});

const gauge = (name: string, read: MetricSources["declared"][number]["read"]): MetricSources["declared"][number] => ({
  name,
  help: name,
  kind: "gauge",
  read,
});

function sourcesOf(realtime = new RealtimeCounters(), fields: Partial<MetricSources> = {}): MetricSources {
  return {
    realtime,
    bus: () => ({ state: "connected", gaps: 2 }),
    online: () => 7,
    rateLimited: () => 3,
    declared: [gauge("pult_writes_waiting", () => 4), gauge("pult_outbox_pending", async () => 5)],
    ...fields,
  };
}

async function read(sources: MetricSources): Promise<string> {
  server = await startMetrics({ METRICS_PORT: 0, HOST: "127.0.0.1" }, sources);
  const response = await fetch(`${server?.origin}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return response.text();
}

const linesOf = (text: string) => text.split("\n").filter((line) => line.startsWith("pult_"));

it("is off without a port", async () => {
  expect(await startMetrics({ METRICS_PORT: undefined, HOST: "127.0.0.1" }, sourcesOf())).toBeNull();
});

it("shows every number the engine has counted, under its documented name and type", async () => {
  const counters = new RealtimeCounters();
  Object.assign(counters.connections, { trpc: 10, crm: 20 });
  Object.assign(counters.subscriptions, { log: 30, latest: 40 });
  Object.assign(counters.deliveries, { log: 50, latest: 60 });
  Object.assign(counters.resumes, { yes: 70, no: 80 });
  Object.assign(counters, { bytes: 90, skipped: 110 });
  Object.assign(counters.slowCloses, { trpc: 100, crm: 0 });
  counters.queuedBytes = () => ({ all: 120, worst: 130 });
  const text = await read(sourcesOf(counters));
  const shown = linesOf(text).filter((line) => !line.startsWith("pult_publish_to_socket"));
  expect(shown).toEqual([
    'pult_connections{gateway="trpc"} 10',
    'pult_connections{gateway="crm"} 20',
    'pult_subscriptions{class="log"} 30',
    'pult_subscriptions{class="latest"} 40',
    'pult_deliveries_total{class="log"} 50',
    'pult_deliveries_total{class="latest"} 60',
    "pult_delivered_bytes_total 90",
    'pult_socket_queue_bytes{of="all"} 120',
    'pult_socket_queue_bytes{of="worst"} 130',
    'pult_slow_closes_total{gateway="trpc"} 100',
    'pult_slow_closes_total{gateway="crm"} 0',
    "pult_latest_skipped_total 110",
    'pult_resumes_total{recovered="yes"} 70',
    'pult_resumes_total{recovered="no"} 80',
    "pult_rate_limited_total 3",
    "pult_writes_waiting 4",
    "pult_outbox_pending 5",
    "pult_online 7",
    'pult_bus_state{state="alone"} 0',
    'pult_bus_state{state="connected"} 1',
    'pult_bus_state{state="away"} 0',
    "pult_bus_gaps_total 2",
  ]);
  for (const name of ["deliveries_total", "slow_closes_total", "resumes_total", "bus_gaps_total"])
    expect(text).toContain(`# TYPE pult_${name} counter\n`);
  for (const name of ["connections", "subscriptions", "socket_queue_bytes", "outbox_pending"])
    expect(text).toContain(`# TYPE pult_${name} gauge\n`);
  expect(text).toContain("# TYPE pult_publish_to_socket_seconds histogram\n");
});

it("shows the lag as a cumulative histogram in seconds", async () => {
  const counters = new RealtimeCounters();
  for (const ms of [0.2, 0.5, 0.6, 20, 20, 9_000]) counters.lag.observe(ms / 1_000);
  const lines = linesOf(await read(sourcesOf(counters))).filter((line) => line.startsWith("pult_publish_to_socket"));
  expect(lines).toEqual([
    'pult_publish_to_socket_seconds_bucket{le="0.0005"} 2',
    'pult_publish_to_socket_seconds_bucket{le="0.001"} 3',
    'pult_publish_to_socket_seconds_bucket{le="0.0025"} 3',
    'pult_publish_to_socket_seconds_bucket{le="0.005"} 3',
    'pult_publish_to_socket_seconds_bucket{le="0.01"} 3',
    'pult_publish_to_socket_seconds_bucket{le="0.025"} 5',
    'pult_publish_to_socket_seconds_bucket{le="0.05"} 5',
    'pult_publish_to_socket_seconds_bucket{le="0.1"} 5',
    'pult_publish_to_socket_seconds_bucket{le="0.25"} 5',
    'pult_publish_to_socket_seconds_bucket{le="0.5"} 5',
    'pult_publish_to_socket_seconds_bucket{le="1"} 5',
    'pult_publish_to_socket_seconds_bucket{le="2.5"} 5',
    'pult_publish_to_socket_seconds_bucket{le="5"} 5',
    'pult_publish_to_socket_seconds_bucket{le="+Inf"} 6',
    "pult_publish_to_socket_seconds_sum 9.0413",
    "pult_publish_to_socket_seconds_count 6",
  ]);
});

it("is Prometheus text line by line, with the process, its heap and its event loop", async () => {
  const text = await read(sourcesOf());
  const sample =
    /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_]\w*="[^"\\]*"(,[a-zA-Z_]\w*="[^"\\]*")*\})? (-?\d|\+?-?Inf|Nan|NaN)/;
  const comment = /^# (HELP|TYPE) [a-zA-Z_:][\w:]* /;
  const odd = text.split("\n").filter((line) => line !== "" && !sample.test(line) && !comment.test(line));
  expect(odd).toEqual([]);
  for (const name of [
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "nodejs_heap_size_used_bytes",
    "nodejs_eventloop_lag_p50_seconds",
    "nodejs_eventloop_lag_p99_seconds",
  ])
    expect(text).toMatch(new RegExp(`^${name} `, "m"));
});

it("reads the sources anew for each request, and answers NaN for an unknown value", async () => {
  const counters = new RealtimeCounters();
  let pending: number | null = null;
  const text = await read(sourcesOf(counters, { declared: [gauge("pult_outbox_pending", async () => pending)] }));
  expect(text).toContain("pult_outbox_pending Nan");
  pending = 8;
  counters.deliveries.log += 1;
  const again = await (await fetch(`${server?.origin}/metrics`)).text();
  expect(again).toContain("pult_outbox_pending 8\n");
  expect(again).toContain('pult_deliveries_total{class="log"} 1\n');
});

it("serves nothing else", async () => {
  await read(sourcesOf());
  expect((await fetch(`${server?.origin}/`)).status).toBe(404);
  expect((await fetch(`${server?.origin}/metrics`, { method: "POST" })).status).toBe(405);
});
