import { randomBytes } from "node:crypto";
import { argument, freshDatabase, json, LIFTED, services, startChild, temporaryDirectory } from "./setup.ts";
import type { Load, LoadResult } from "./support/load.ts";

/**
 * Acknowledged support messages per second through the documented `POST /send_message`, durable, beside one transaction per message on the
 * same database. Limits are lifted for the run. `--json` prints an object a line.
 */
const seconds = argument("seconds", 6);
const CONNECTIONS = 128;

if (!json)
  console.log(`POST /send_message, ${CONNECTIONS} connections, ${seconds} s, limits lifted: acknowledged per second`);
const { TEST_DATABASE_URL: url } = await services();
if (url) await compare("postgres", { DATABASE_URL: await freshDatabase(url) });
await compare("pglite", {});

async function compare(database: string, env: Record<string, string>): Promise<void> {
  let peer = Number.NaN;
  for (const way of ["transactions", "batches"]) {
    const { failed, ...result } = await measure(way, env);
    if (failed > 0) throw new Error(`${failed} requests were refused`);
    const perSecond = Math.round(result.answered / seconds);
    if (way === "transactions") peer = perSecond;
    const times = `p50 ${result.p50.toFixed(1)} ms  p99 ${result.p99.toFixed(1)} ms  × ${(perSecond / peer).toFixed(1)}`;
    if (json) console.log(JSON.stringify({ database, way, ...result, perSecond }));
    else console.log(`${database.padEnd(10)} ${way.padEnd(13)} ${String(perSecond).padStart(7)}/s  ${times}`);
  }
}

async function measure(way: string, env: Record<string, string>): Promise<LoadResult> {
  const key = `pult_${randomBytes(32).toString("base64url")}`;
  const server = startChild("./support/server.ts", [way], {
    env: { ...LIFTED, LIMIT_KEY_PER_MINUTE: "0", DATA_DIR: temporaryDirectory(), PULT_ADMIN_KEY: key, ...env },
  });
  const client = startChild("./support/load.ts");
  try {
    const { port } = await server.answer<{ port: number }>();
    const load: Load = {
      port,
      path: "/send_message",
      headers: { Authorization: `Bearer ${key}` },
      connections: CONNECTIONS,
      warmUpMs: 3_000,
      measureMs: seconds * 1_000,
      customers: 200,
    };
    return await client.ask<LoadResult>(load);
  } finally {
    await Promise.all([client.end(), server.end()]);
  }
}
