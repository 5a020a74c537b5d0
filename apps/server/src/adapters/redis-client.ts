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

/** @throws what the work fails with, or an Error when it takes longer than `ms` */
export async function withinMs<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    // A process that was busy itself gets to read what arrived meanwhile before it blames Redis.
    timer = setTimeout(() => setImmediate(() => reject(new Error(`Redis did not answer within ${ms} ms`))), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
