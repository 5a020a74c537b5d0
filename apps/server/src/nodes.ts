import type { Logger } from "@pult/api/logger.ts";
import type { Bus } from "@pult/api/realtime/bus.ts";
import { createMemoryBus } from "@pult/api/realtime/memory-bus.ts";
import { createMemoryPresence, type Presence } from "@pult/api/realtime/presence.ts";
import { RedisBus } from "./adapters/redis-bus.ts";
import { RedisLink } from "./adapters/redis-link.ts";
import { createRedisPresence, PRESENCE_TIMES } from "./adapters/redis-presence.ts";
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

/** A Redis that is away does not keep the node from starting: it works alone until it is there. */
export async function openNodes(env: Env, log: Logger): Promise<Nodes> {
  const onListenerError = (error: unknown) => log.error({ err: error }, "A listener failed");
  if (!env.REDIS_URL) {
    const presence = createMemoryPresence({ onListenerError });
    return { bus: createMemoryBus(onListenerError), presence, redis: null, close: () => Promise.resolve() };
  }
  const redis = new RedisLink({ url: env.REDIS_URL, log });
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
