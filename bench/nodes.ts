import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findServices } from "../scripts/services.ts";
import { startChild } from "./child.ts";
import { freshDatabase } from "./fresh-database.ts";
import type { Report } from "./hold/client.ts";
import { preciseNow, TOPICS, type TopicName } from "./hold/topics.ts";
import { percentiles } from "./percentiles.ts";

/**
 * Two nodes on one PostgreSQL and one Redis; everything is published on the first. How long it takes to reach readers of the same node, and
 * of the other. `--sockets=N` on each, `--seconds=N`, `--json`.
 */
const json = process.argv.includes("--json");
const argument = (name: string, otherwise: number) =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise);
const sockets = argument("sockets", 500);
const seconds = argument("seconds", 15);
const SECRET = "a secret of the benchmark, 32 bytes long";

const services = await findServices();
const { TEST_DATABASE_URL: database, TEST_REDIS_URL: redis } = services.env;
if (!database || !redis) {
  console.error("Two nodes need PostgreSQL (initdb on PATH, or TEST_DATABASE_URL) and Redis (TEST_REDIS_URL)");
  services.stop();
  process.exit(1);
}
const directory = mkdtempSync(join(tmpdir(), "pult-bench-"));
const env = await environment(database, redis);
const nodes = ["first", "second"].map((name) =>
  startChild("./hold/server.ts", { execArgv: ["--expose-gc"], env: { ...env, DATA_DIR: join(directory, name) } }),
);
const clients = nodes.map(() => startChild("./hold/client.ts"));
try {
  await run();
} finally {
  await Promise.all([...clients, ...nodes].map((child) => child.end()));
  services.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function environment(databaseUrl: string, redisUrl: string): Promise<Record<string, string>> {
  const { generateVAPIDKeys } = createRequire(new URL("../apps/server/package.json", import.meta.url))("web-push");
  const vapid: { publicKey: string; privateKey: string } = generateVAPIDKeys();
  return {
    NODE_ENV: "production",
    PORT: "0",
    DATABASE_URL: await freshDatabase(databaseUrl),
    REDIS_URL: redisUrl,
    JWT_SECRET: SECRET,
    ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
    VAPID_PUBLIC_KEY: vapid.publicKey,
    VAPID_PRIVATE_KEY: vapid.privateKey,
    LIMIT_IP_PER_MINUTE: "0",
    LIMIT_USER_PER_MINUTE: "0",
  };
}

async function run(): Promise<void> {
  const ports = await Promise.all(nodes.map((node) => node.answer<{ port: number }>()));
  await Promise.all(
    clients.map((client, at) =>
      client.ask({ do: "open", port: ports[at]?.port, sockets, secret: SECRET, firstId: 1 + at * sockets }),
    ),
  );
  await nodes[0]?.ask({ do: "publish", startAt: preciseNow() + 1_000 });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await Promise.all(clients.map((client) => client.ask({ do: "reset" })));
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  await nodes[0]?.ask({ do: "stop" });
  const reports = await Promise.all(clients.map((client) => client.ask<Report>({ do: "report" })));
  reports.forEach((report, at) => {
    show(at === 0 ? "within" : "across", report);
  });
}

function show(where: string, report: Report): void {
  const { gaps, repeats } = report;
  for (const topic of Object.keys(TOPICS) as TopicName[]) {
    const delays = report.delays[topic];
    const [p50 = 0, p99 = 0, p999 = 0] = percentiles(delays, [0.5, 0.99, 0.999]);
    const row = { where, topic, deliveries: delays.length, p50, p99, p999, gaps, repeats };
    if (json) console.log(JSON.stringify(row));
    else
      console.log(
        `${where} ${topic.padEnd(9)} ${delays.length} deliveries  p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms  p99.9 ${p999.toFixed(1)} ms  gaps ${gaps}  repeats ${repeats}`,
      );
  }
}
