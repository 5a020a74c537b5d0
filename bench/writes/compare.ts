import { randomBytes } from "node:crypto";
import { argument, freshDatabase, json, LIFTED, services, startChild, temporaryDirectory } from "../setup.ts";
import type { Load, LoadResult } from "./load.ts";

export const seconds = argument("seconds", 6);
export const APP_SECRET = randomBytes(16).toString("hex");

/** A load, and whether each request has a transaction of its own instead of sharing one. */
export interface Measured {
  name: string;
  way: "batches" | "transactions";
  load: Omit<Load, "port" | "headers" | "warmUpMs" | "measureMs">;
}

/** What a request carries: messages, or events. */
const itemsOf = ({ load: { body } }: Measured): number => (body?.kind === "webhook" ? body.events : 1);

/** What was acknowledged per second, durable, on PostgreSQL where there is a server, and on PGlite; each beside the first. */
export async function compare(measured: readonly Measured[]): Promise<void> {
  const { TEST_DATABASE_URL: url } = await services();
  if (url) await compareOn("postgres", measured, { DATABASE_URL: await freshDatabase(url) });
  await compareOn("pglite", measured, {});
}

async function compareOn(database: string, measured: readonly Measured[], env: Record<string, string>): Promise<void> {
  let peer = Number.NaN;
  for (const one of measured) {
    const { failed, ...result } = await measure(one, env);
    if (failed > 0) throw new Error(`${failed} requests were refused`);
    const perSecond = Math.round((result.answered * itemsOf(one)) / seconds);
    if (Number.isNaN(peer)) peer = perSecond;
    const times = `p50 ${result.p50.toFixed(1)} ms  p99 ${result.p99.toFixed(1)} ms  × ${(perSecond / peer).toFixed(1)}`;
    if (json) console.log(JSON.stringify({ database, way: one.name, ...result, perSecond }));
    else console.log(`${database.padEnd(10)} ${one.name.padEnd(16)} ${String(perSecond).padStart(7)}/s  ${times}`);
  }
}

const measure = ({ way, load }: Measured, env: Record<string, string>): Promise<LoadResult> =>
  withServer(way, { DATA_DIR: temporaryDirectory(), ...env }, (run) => run(load));

/** The product's server in a process of its own, and loads on it, each of a process of its own. */
export async function withServer<Result>(
  way: Measured["way"],
  env: Record<string, string>,
  work: (run: (load: Measured["load"]) => Promise<LoadResult>) => Promise<Result>,
): Promise<Result> {
  const key = `pult_${randomBytes(32).toString("base64url")}`;
  const own = { PULT_ADMIN_KEY: key, INSTAGRAM_APP_SECRET: APP_SECRET };
  const server = startChild("./writes/server.ts", [way], {
    env: { ...LIFTED, LIMIT_KEY_PER_MINUTE: "0", ...own, ...env },
  });
  try {
    const { port } = await server.answer<{ port: number }>();
    const headers = { Authorization: `Bearer ${key}` };
    return await work(async (load) => {
      const client = startChild("./writes/load.ts");
      try {
        return await client.ask<LoadResult>({ ...load, port, headers, warmUpMs: 3_000, measureMs: seconds * 1_000 });
      } finally {
        await client.end();
      }
    });
  } finally {
    await server.end();
  }
}
