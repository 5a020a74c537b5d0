import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findServices } from "../scripts/services.ts";
import { startChild } from "./child.ts";
import { freshDatabase } from "./fresh-database.ts";
import type { Report } from "./hold/client.ts";
import { preciseNow, TOPICS, type TopicName } from "./hold/topics.ts";
import { percentiles } from "./percentiles.ts";

/**
 * Ten thousand authenticated sockets on one node, each following a status (1 a second), a price (2 a second) and a log (1 a second, stored
 * first). Then all are cut at once and come back. `--sockets=N`, `--seconds=N`, `--json`. Limits per address are lifted.
 */
const json = process.argv.includes("--json");
const argument = (name: string, otherwise: number) =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise);
const sockets = argument("sockets", 10_000);
const seconds = argument("seconds", 20);
const SECRET = "a secret of the benchmark, 32 bytes long";
const SHARES = [0.5, 0.99, 0.999];

interface Figures {
  cpuMicros: number;
  rss: number;
  reads: number;
}

const services = await findServices();
const directory = mkdtempSync(join(tmpdir(), "pult-bench-"));
const url = services.env.TEST_DATABASE_URL;
const server = startChild("./hold/server.ts", {
  execArgv: ["--expose-gc"],
  env: {
    NODE_ENV: "production",
    PORT: "0",
    DATA_DIR: directory,
    JWT_SECRET: SECRET,
    LIMIT_IP_PER_MINUTE: "0",
    LIMIT_USER_PER_MINUTE: "0",
    ...(url ? { DATABASE_URL: await freshDatabase(url) } : {}),
  },
});
const client = startChild("./hold/client.ts");
try {
  await run();
} finally {
  await Promise.all([client.end(), server.end()]);
  services.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const { port } = await server.answer<{ port: number }>();
  const empty = await server.ask<Figures>({ do: "figures" });
  const openedAt = performance.now();
  await client.ask({ do: "open", port, sockets, secret: SECRET, firstId: 1 });
  const openMs = performance.now() - openedAt;
  await server.ask({ do: "publish", startAt: preciseNow() + 1_000 });
  await wait(3);
  await client.ask({ do: "reset" });
  const before = await server.ask<Figures>({ do: "figures" });
  const startedAt = performance.now();
  await wait(seconds);
  const after = await server.ask<Figures>({ do: "figures" });
  const held = await client.ask<Report>({ do: "report" });
  const elapsed = (performance.now() - startedAt) / 1_000;
  const { backMs } = await client.ask<{ backMs: number }>({ do: "cutAll" });
  const back = await server.ask<Figures>({ do: "figures" });
  await wait(3);
  const end = await client.ask<Report>({ do: "report" });
  await server.ask({ do: "stop" });
  show({
    sockets,
    openSeconds: openMs / 1_000,
    deliveriesPerSecond: sum(Object.values(held.delays).map((list) => list.length)) / elapsed,
    delays: held.delays,
    gaps: end.gaps,
    repeats: end.repeats,
    unexpectedCloses: end.unexpectedCloses,
    cpuPercentOfCore: ((after.cpuMicros - before.cpuMicros) / 1e6 / elapsed) * 100,
    rssMb: after.rss / 1024 / 1024,
    kbPerConnection: (after.rss - empty.rss) / 1024 / sockets,
    backSeconds: backMs / 1_000,
    recovered: sockets - end.notRecovered,
    databaseReads: back.reads - after.reads,
  });
}

function show({ delays, ...figures }: { delays: Report["delays"] } & Record<string, unknown>): void {
  const byTopic = Object.fromEntries(
    (Object.keys(TOPICS) as TopicName[]).map((topic) => {
      const [p50, p99, p999] = percentiles(delays[topic], SHARES);
      return [topic, { p50, p99, p999 }];
    }),
  );
  const rounded = Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      name,
      typeof value === "number" ? Number(value.toFixed(2)) : value,
    ]),
  );
  if (json) {
    console.log(JSON.stringify({ ...rounded, delayMs: byTopic }));
    return;
  }
  for (const [name, value] of Object.entries(rounded)) console.log(`${name.padEnd(22)} ${value}`);
  for (const [topic, { p50, p99, p999 }] of Object.entries(byTopic))
    console.log(
      `${topic.padEnd(22)} p50 ${p50?.toFixed(1)} ms  p99 ${p99?.toFixed(1)} ms  p99.9 ${p999?.toFixed(1)} ms`,
    );
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** Lets the load run for a while. */
function wait(howLong: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, howLong * 1_000));
}
