import { createClient } from "redis";

/**
 * One connection that fails at once and for good: its owner decides when to try again, and nothing waits in a queue meanwhile.
 * @param name what `CLIENT LIST` shows
 */
export function newRedisClient(url: string, name = "pult") {
  return createClient({
    url,
    name,
    disableOfflineQueue: true,
    maintNotifications: "disabled",
    socket: { reconnectStrategy: false },
  });
}

export type RedisClient = ReturnType<typeof newRedisClient>;
