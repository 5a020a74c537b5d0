import type { TestRedis } from "../../src/adapters/test-redis.ts";
import { hasRedisServer } from "../../src/adapters/test-redis.ts";
import type { ServerUnderTest } from "../server-under-test.ts";
import { type ChaosProxy, openChaosProxy } from "../support/chaos-proxy.ts";
import { startDesk } from "../support/desk.ts";
import { INSTAGRAM_APP_SECRET, startTrades, startTraffic, startWebhooks, type Traffic } from "../support/traffic.ts";
import { openTwoNodes } from "../support/two-nodes.ts";
import { auditEvents, auditMessages, auditRooms } from "./audit.ts";
import type { Random } from "./random.ts";

/** What the soak runs against. */
export interface World {
  /** What it is, in words. */
  kind: string;
  nodes: readonly [ServerUnderTest, ...ServerUnderTest[]];
  /** A line to each node; clients know only lines. */
  lines: readonly ChaosProxy[];
  redis: TestRedis | null;
  /** Null where the database cannot go away by itself. */
  restartDatabase: (() => Promise<void>) | null;
  traffic: Traffic;
  /** Users with a conversation. */
  users: readonly string[];
  /** Reads everything that is stored. @returns what is not stored once and in order */
  audit(): Promise<string[]>;
  close(): Promise<void>;
}

const USERS_PER_LINE = 3;
/** A writer's rest. A reader who is away for long then misses more than is replayed, for short less. */
const EVERY_MS = 100;

/** A webhook's rest: a reader who is away for some seconds still misses less than is replayed. */
const EVENT_EVERY_MS = 15;

export interface WorldOptions {
  /** The messages of a desk, Instagram's webhooks, or the trades of rooms. */
  of: "messages" | "events" | "trades";
  restartPostgres: (() => Promise<void>) | null;
  random: Random;
}

/** Two nodes on PostgreSQL and Redis where both can be had, else one on PGlite. */
export async function openWorld({ of, restartPostgres, random }: WorldOptions): Promise<World> {
  const shared = Boolean(process.env.TEST_DATABASE_URL) && hasRedisServer();
  const env = { INSTAGRAM_APP_SECRET };
  const pair = shared ? await openTwoNodes({ env }) : null;
  const nodes: World["nodes"] = pair ? [pair.a, pair.b] : [await startDesk({}, { env })];
  const closeNodes = async () => void (await (pair ?? nodes[0]).stop());
  try {
    const lines = await Promise.all(nodes.map((node) => openChaosProxy(node.port)));
    const crowds = lines.map((server, line) => ({
      server,
      users: Array.from({ length: USERS_PER_LINE }, (_, at) => `soak-${line}-${at}`),
    }));
    const users = crowds.flatMap((crowd) => crowd.users);
    let turn = 0;
    // Posts take turns between the nodes; one that is away is tried and found to be.
    const postTo = () => nodes[turn++ % nodes.length] ?? nodes[0];
    const starts = {
      messages: () => startTraffic({ lines: crowds, postTo, everyMs: EVERY_MS }),
      events: () => startWebhooks({ lines, postTo, everyMs: EVENT_EVERY_MS, random: () => random.between(0, 1) }),
      trades: () => startTrades({ lines: crowds, postTo, everyMs: EVERY_MS }),
    };
    const traffic = await starts[of]();
    return {
      kind: pair ? "two nodes on PostgreSQL and Redis" : "one node on PGlite",
      nodes,
      lines,
      redis: pair?.redis ?? null,
      restartDatabase: pair ? restartPostgres : null,
      traffic,
      users,
      audit() {
        const acknowledged = traffic.checker.acknowledged();
        if (of === "events") return auditEvents(nodes[0], acknowledged);
        return of === "trades" ? auditRooms(nodes[0], acknowledged) : auditMessages(nodes[0], users, acknowledged);
      },
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
