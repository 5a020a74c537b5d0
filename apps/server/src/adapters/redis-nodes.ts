import type { Logger } from "@pult/api/logger.ts";
import type { Env } from "../env.ts";
import { hasten } from "../hasten.ts";
import { RedisBus } from "./redis-bus.ts";
import { RedisLink } from "./redis-link.ts";
import { createRedisPresence, PRESENCE_TIMES } from "./redis-presence.ts";

/** A Redis that is away does not keep the node from starting: it works alone until it is there. */
export async function openRedisNodes(url: string, env: Env, log: Logger) {
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
