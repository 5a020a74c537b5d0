import type { BusState } from "@pult/api/realtime/bus.ts";
import type { GroupHealth } from "@pult/api/telegram/telegram.ts";
import type { OpenDatabase } from "@pult/db/database.ts";
import { sql } from "drizzle-orm";
import { withinMs } from "../adapters/within-ms.ts";
import type { App } from "../app.ts";
import type { Workers } from "../workers.ts";

type PartState = "ok" | "failed" | "off";

export interface Readiness {
  status: "ok" | "failed";
  /** Which JavaScript runtime serves. */
  runtime: string;
  /** Which database is behind it. */
  database: OpenDatabase["kind"];
  parts: Record<"database" | "redis" | "bot" | "mtproto", PartState>;
  /** What keeps the bot's support group from working as it should; absent while nothing does. */
  group?: GroupHealth;
}

const REDIS_PART: Record<BusState, PartState> = { alone: "off", connected: "ok", away: "failed" };
const DATABASE_TIMEOUT_MS = 2_000;

/**
 * Whether every configured part works; what is not configured is off, never a failure. A node whose Redis is away still serves, but what
 * its clients see may be behind what happens on other nodes, so it is not ready and a balancer prefers those that are.
 */
export async function readiness({ database, deps }: App, workers: Workers): Promise<Readiness> {
  // A database that refuses leases keeps messages, and none is delivered.
  const answered = await withinMs(
    DATABASE_TIMEOUT_MS,
    database.db.execute(sql`select 1`),
    "The database did not answer",
  ).then(
    () => true,
    () => false,
  );
  const databaseOk = answered && workers.hasLeases;
  const redis = REDIS_PART[deps.bus.state];
  const parts = {
    database: databaseOk ? "ok" : "failed",
    redis,
    bot: botPart(workers),
    mtproto: mtprotoPart(deps),
  } as const;
  const status = Object.values(parts).includes("failed") ? "failed" : "ok";
  const group = workers.bot?.health.group;
  const problems = group && group.problems.length > 0 ? { group } : {};
  return { status, runtime: runtimeName(), database: database.kind, parts, ...problems };
}

/** One node at a time speaks to Telegram: the others have nothing that could fail. */
function botPart({ bot }: Workers): PartState {
  if (bot === null) return "off";
  if (bot.lease === "elsewhere") return "ok";
  const isShutOut = bot.health.group?.problems.includes("unreachable") ?? false;
  return bot.lease === "held" && bot.health.running && !isShutOut ? "ok" : "failed";
}

/** Accounts are linked later: that none is there is no failure. */
function mtprotoPart({ mtproto }: App["deps"]): PartState {
  if (mtproto.api === null) return "off";
  return mtproto.health.isFailed ? "failed" : "ok";
}

export function runtimeName(): string {
  const versions: Record<string, string | undefined> = process.versions;
  return versions.deno ? `deno ${versions.deno}` : `node ${versions.node}`;
}
