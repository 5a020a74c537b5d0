import type { Logger } from "@pult/api/logger.ts";
import type { Bus } from "@pult/api/realtime/bus.ts";
import { createMemoryBus } from "@pult/api/realtime/memory-bus.ts";
import { createMemoryPresence, type Presence } from "@pult/api/realtime/presence.ts";
import type { RedisLink } from "./adapters/redis-link.ts";
import type { Env } from "./env.ts";
import { hasten } from "./hasten.ts";

/** What this node shares with the others: on Redis where `REDIS_URL` names one, else in memory. */
export interface Nodes {
  bus: Bus;
  presence: Presence;
  redis: RedisLink | null;
  /** Tells the others that this node is gone, and lets go of Redis. */
  close(): Promise<void>;
}

export async function openNodes(env: Env, log: Logger): Promise<Nodes> {
  if (env.REDIS_URL) return openRedisNodes(env.REDIS_URL, env, log);
  const onListenerError = (error: unknown) => log.error({ err: error }, "A listener failed");
  const presence = createMemoryPresence({ onListenerError });
  return { bus: createMemoryBus(onListenerError), presence, redis: null, close: () => Promise.resolve() };
}

/** A Redis that is away does not keep the node from starting: it works alone until it is there. */
async function openRedisNodes(url: string, env: Env, log: Logger): Promise<Nodes> {
  // Only here, because Redis's client is a third of the files that a start would read.
  const { RedisLink } = await import("./adapters/redis-link.ts");
  const { RedisBus } = await import("./adapters/redis-bus.ts");
  const { createRedisPresence, PRESENCE_TIMES } = await import("./adapters/redis-presence.ts");
  const redis = new RedisLink({ url, log });
  const bus = new RedisBus(redis, log);
  const presence = createRedisPresence({ link: redis, log, ...hasten(PRESENCE_TIMES, env) });
  await redis.tried;
  return {
    bus,
    presence,
    redis,
    async close() {
      await presence.close();
      await redis.close();
    },
  };
}
