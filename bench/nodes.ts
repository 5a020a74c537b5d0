import { createRequire } from "node:module";
import type { Report } from "./hold/client.ts";
import { show, startCustomers, startNode, wait } from "./hold/nodes.ts";
import { preciseNow } from "./hold/topics.ts";
import { argument, freshDatabase, services, temporaryDirectory } from "./setup.ts";

/**
 * Two nodes on one PostgreSQL and one Redis; everything is published on the first. How long it takes to reach readers of the same node, and
 * of the other. `--sockets=N` on each, `--seconds=N`, `--json`.
 */
const sockets = argument("sockets", 500);
const seconds = argument("seconds", 15);

const { TEST_DATABASE_URL: database, TEST_REDIS_URL: redis } = await services();
if (!database || !redis) {
  console.error("Two nodes need PostgreSQL (initdb on PATH, or TEST_DATABASE_URL) and Redis (TEST_REDIS_URL)");
  process.exit(1);
}
const { generateVAPIDKeys } = createRequire(new URL("../apps/server/package.json", import.meta.url))("web-push");
const vapid: { publicKey: string; privateKey: string } = generateVAPIDKeys();
const env = {
  DATABASE_URL: await freshDatabase(database),
  REDIS_URL: redis,
  ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
  VAPID_PUBLIC_KEY: vapid.publicKey,
  VAPID_PRIVATE_KEY: vapid.privateKey,
};
const first = startNode({ ...env, DATA_DIR: temporaryDirectory() });
const nodes = [first, startNode({ ...env, DATA_DIR: temporaryDirectory() })];
const clients = nodes.map(() => startCustomers());
try {
  await run();
} finally {
  await Promise.all([...clients, ...nodes].map((child) => child.end()));
}

async function run(): Promise<void> {
  const ports = await Promise.all(nodes.map((node) => node.answer<{ port: number }>()));
  const open = ports.map(({ port }, at) => ({ do: "open", port, sockets, firstId: 1 + at * sockets }));
  await Promise.all(clients.map((client, at) => client.ask(open[at] ?? {})));
  await first.ask({ do: "publish", startAt: preciseNow() + 1_000 });
  await wait(3);
  await Promise.all(clients.map((client) => client.ask({ do: "reset" })));
  await wait(seconds);
  await first.ask({ do: "stop" });
  const reports = await Promise.all(clients.map((client) => client.ask<Report>({ do: "report" })));
  for (const [at, report] of reports.entries())
    show(report, { where: at === 0 ? "within" : "across", gaps: report.gaps, repeats: report.repeats });
}
