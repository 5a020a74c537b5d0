import { startDataCentre } from "@pult/sandbox/mtproto/testing.ts";
import type { TestRedis } from "../../src/adapters/test-redis.ts";
import { hasRedisServer } from "../../src/adapters/test-redis.ts";
import type { ServerUnderTest } from "../server-under-test.ts";
import { type ChaosProxy, openChaosProxy } from "../support/chaos-proxy.ts";
import { startDesk } from "../support/desk.ts";
import { type DataCentre, envOf, type LinkedTraffic, startLinkedAccounts } from "../support/linked-accounts.ts";
import { INSTAGRAM_APP_SECRET, startTrades, startTraffic, startWebhooks, type Traffic } from "../support/traffic.ts";
import { openTwoNodes } from "../support/two-nodes.ts";
import { auditAccounts, auditEvents, auditMessages, auditRooms } from "./audit.ts";
import type { Random } from "./random.ts";

/** What the soak runs against. */
export interface World {
  /** What it is, in words. */
  kind: string;
  nodes: readonly [ServerUnderTest, ...ServerUnderTest[]];
  /** A line to each node; clients know only lines. */
  lines: readonly ChaosProxy[];
  redis: TestRedis | null;
  /** Null where no account is linked. */
  telegram: DataCentre | null;
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

const ACCOUNTS = 20;
/** Of each of them. */
const ACCOUNT_EVERY_MS = 150;

export interface WorldOptions {
  /** The messages of a desk, Instagram's webhooks, the trades of rooms, or the messages of linked Telegram accounts. */
  of: "messages" | "events" | "trades" | "accounts";
  restartPostgres: (() => Promise<void>) | null;
  random: Random;
}

/** Two nodes on PostgreSQL and Redis where both can be had, else one on PGlite. */
export async function openWorld({ of, restartPostgres, random }: WorldOptions): Promise<World> {
  const shared = Boolean(process.env.TEST_DATABASE_URL) && hasRedisServer();
  const telegram = of === "accounts" ? await startDataCentre() : null;
  const env = { INSTAGRAM_APP_SECRET, ...(telegram ? envOf(telegram) : {}) };
  const pair = shared ? await openTwoNodes({ env }) : null;
  const nodes: World["nodes"] = pair ? [pair.a, pair.b] : [await startDesk({}, { env })];
  const closeNodes = async () => {
    await (pair ?? nodes[0]).stop();
    await telegram?.close();
  };
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
    let chats: LinkedTraffic["chats"] = [];
    const starts = {
      async accounts() {
        if (!telegram) throw new Error("There is no data centre");
        const linked = await startLinkedAccounts({
          telegram,
          nodes,
          lines,
          accounts: ACCOUNTS,
          everyMs: ACCOUNT_EVERY_MS,
        });
        chats = linked.chats;
        return linked;
      },
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
      telegram,
      restartDatabase: pair ? restartPostgres : null,
      traffic,
      users,
      audit() {
        const acknowledged = traffic.checker.acknowledged();
        if (of === "accounts") return auditAccounts(nodes[0], chats, acknowledged);
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
