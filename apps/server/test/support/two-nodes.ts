import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase } from "@pult/db/testing.ts";
import { startRedis, type TestRedis } from "../../src/adapters/test-redis.ts";
import { type Cell, type ServerUnderTest, sharedEnv, startServer } from "../server-under-test.ts";
import { call, type Peer } from "./calls.ts";
import { ADMIN_KEY, JWT_SECRET } from "./installation.ts";
import type { StoredAt } from "./stored.ts";

/** Two servers that are one installation: one PostgreSQL, one Redis and one `DATA_DIR` between them. */
export interface TwoNodes {
  a: ServerUnderTest;
  b: ServerUnderTest;
  redis: TestRedis;
  at: StoredAt;
  stop(): Promise<void>;
}

export interface TwoNodesOptions {
  runtimes?: [Cell["runtime"], Cell["runtime"]];
  env?: Record<string, string>;
  speed?: number;
}

/** The first node seeds the demo's agents. */
export async function openTwoNodes({
  runtimes: [first, second] = ["node", "node"],
  env: extra = {},
  speed = 1,
}: TwoNodesOptions = {}): Promise<TwoNodes> {
  const redis = await startRedis();
  const database = await createTestDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), "pult-nodes-"));
  const env = { ...sharedEnv(), REDIS_URL: redis.url, JWT_SECRET, PULT_ADMIN_KEY: ADMIN_KEY, ...extra };
  const at: StoredAt = { databaseUrl: database.url, dataDir };
  const shared = { ...at, speed };
  const nodes: ServerUnderTest[] = [];
  async function stop(): Promise<void> {
    await Promise.all(nodes.map((node) => node.stop()));
    await redis[Symbol.asyncDispose]();
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  try {
    const a = await startServer({ ...shared, runtime: first, env: { ...env, DEMO: "1" } });
    nodes.push(a);
    const b = await startServer({ ...shared, runtime: second, env });
    nodes.push(b);
    return { a, b, redis, at, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What `/health/ready` says of a node. */
export async function readinessOf(node: Peer): Promise<{ status: number; redis: string; bot: string }> {
  const { status, text } = await call(node, "/health/ready");
  return { status, ...JSON.parse(text).parts };
}
