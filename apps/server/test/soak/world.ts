import type { TestRedis } from "../../src/adapters/test-redis.ts";
import { hasRedisServer } from "../../src/adapters/test-redis.ts";
import type { ServerUnderTest } from "../server-under-test.ts";
import { type ChaosProxy, openChaosProxy } from "../support/chaos-proxy.ts";
import { startDesk } from "../support/desk.ts";
import { startTraffic, type Traffic } from "../support/traffic.ts";
import { openTwoNodes } from "../support/two-nodes.ts";

/** What the soak runs against. */
export interface World {
  /** What it is, in words. */
  kind: string;
  nodes: readonly [ServerUnderTest, ...ServerUnderTest[]];
  /** A line to each node; clients know only lines. */
  lines: readonly ChaosProxy[];
  redis: TestRedis | null;
  traffic: Traffic;
  /** Users with a conversation. */
  users: readonly string[];
  close(): Promise<void>;
}

const USERS_PER_LINE = 3;
/** A writer's rest. A reader who is away for long then misses more than is replayed, for short less. */
const EVERY_MS = 100;

/** Two nodes on PostgreSQL and Redis where both can be had, else one on PGlite. */
export async function openWorld(): Promise<World> {
  const shared = Boolean(process.env.TEST_DATABASE_URL) && hasRedisServer();
  const pair = shared ? await openTwoNodes() : null;
  const nodes: World["nodes"] = pair ? [pair.a, pair.b] : [await startDesk()];
  const closeNodes = async () => void (await (pair ?? nodes[0]).stop());
  try {
    const lines = await Promise.all(nodes.map((node) => openChaosProxy(node.port)));
    const crowds = lines.map((server, line) => ({
      server,
      users: Array.from({ length: USERS_PER_LINE }, (_, at) => `soak-${line}-${at}`),
    }));
    let turn = 0;
    const traffic = await startTraffic({
      lines: crowds,
      // Posts take turns between the nodes; one that is away is tried and found to be.
      postTo: () => nodes[turn++ % nodes.length] ?? nodes[0],
      everyMs: EVERY_MS,
    });
    return {
      kind: pair ? "two nodes on PostgreSQL and Redis" : "one node on PGlite",
      nodes,
      lines,
      redis: pair?.redis ?? null,
      traffic,
      users: crowds.flatMap(({ users }) => users),
      async close() {
        traffic.close();
        for (const line of lines) await line.close();
        await closeNodes();
      },
    };
  } catch (error) {
    await closeNodes();
    throw error;
  }
}
