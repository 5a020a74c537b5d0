import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { findServices } from "../scripts/services.ts";
import { freshDatabase } from "./fresh-database.ts";
import type { Load, LoadResult } from "./load.ts";

/**
 * Acknowledged support messages per second through the documented `POST /send_message`, durable, beside one transaction per message on the
 * same database. Limits are lifted for the run. `--json` prints an object a line.
 */
const json = process.argv.includes("--json");
const seconds = Number(process.argv.find((arg) => arg.startsWith("--seconds="))?.split("=")[1] ?? 6);
const CONNECTIONS = 128;
const CUSTOMERS = 200;

interface Row extends LoadResult {
  database: string;
  way: string;
  perSecond: number;
}

const services = await findServices();
const rows: Row[] = [];
try {
  const databases = [{ name: "pglite", url: null as string | null }];
  if (services.env.TEST_DATABASE_URL)
    databases.unshift({ name: "postgres", url: await freshDatabase(services.env.TEST_DATABASE_URL) });
  for (const database of databases) {
    for (const way of ["transactions", "batches"]) rows.push(await measure(database, way));
  }
} finally {
  services.stop();
}
report(rows);

async function measure(database: { name: string; url: string | null }, way: string): Promise<Row> {
  const directory = mkdtempSync(join(tmpdir(), "pult-bench-"));
  const key = `pult_${randomBytes(32).toString("base64url")}`;
  const server = fork(new URL("./support-server.ts", import.meta.url), [way], {
    env: {
      ...process.env,
      NODE_ENV: "production",
      PORT: "0",
      DATA_DIR: directory,
      PULT_ADMIN_KEY: key,
      LIMIT_KEY_PER_MINUTE: "0",
      LIMIT_IP_PER_MINUTE: "0",
      LIMIT_USER_PER_MINUTE: "0",
      LOG_LEVEL: "warn",
      ...(database.url ? { DATABASE_URL: database.url } : {}),
    },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  try {
    const [{ origin }] = (await once(server, "message")) as [{ origin: string }];
    const { hostname, port } = new URL(origin);
    const load: Load = {
      host: hostname,
      port: Number(port),
      path: "/send_message",
      headers: { Authorization: `Bearer ${key}` },
      connections: CONNECTIONS,
      warmUpMs: 3_000,
      measureMs: seconds * 1_000,
      customers: CUSTOMERS,
    };
    const worker = new Worker(new URL("./load.ts", import.meta.url), { workerData: load });
    const [result] = (await once(worker, "message")) as [LoadResult];
    await worker.terminate();
    if (result.failed > 0) throw new Error(`${result.failed} requests were refused`);
    return { database: database.name, way, ...result, perSecond: Math.round(result.answered / result.seconds) };
  } finally {
    server.disconnect();
    await once(server, "exit");
    rmSync(directory, { recursive: true, force: true });
  }
}

function report(all: Row[]): void {
  if (json) {
    for (const row of all) console.log(JSON.stringify(row));
    return;
  }
  console.log(
    `Support messages acknowledged per second, POST /send_message, ${CONNECTIONS} connections, ${seconds} s, limits lifted`,
  );
  for (const row of all) {
    const peer = all.find((other) => other.database === row.database && other.way === "transactions");
    const ratio = peer ? row.perSecond / peer.perSecond : 1;
    console.log(
      `${row.database.padEnd(10)} ${row.way.padEnd(13)} ${String(row.perSecond).padStart(7)}/s  p50 ${row.p50.toFixed(1)} ms  p99 ${row.p99.toFixed(1)} ms  × ${ratio.toFixed(1)}`,
    );
  }
}
