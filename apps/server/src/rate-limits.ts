import type { Actor } from "@pult/api/context.ts";
import { DomainError } from "@pult/api/errors.ts";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { withinMs } from "./adapters/redis-client.ts";
import type { RedisLink } from "./adapters/redis-link.ts";
import type { Env } from "./env.ts";

/** Doors whose calls are counted apart for one user. */
export type Door = "http" | "socket" | "support";

export interface RateLimits {
  /** Counts calls of an actor: a key against the key's limit, everybody else against his own and his address's. @throws DomainError `RATE_LIMITED` */
  count(call: { actor: Actor; ip: string; door: Door; calls?: number }): Promise<void>;
  /** Counts an attempt to sign in, per address and per e-mail. @throws DomainError `RATE_LIMITED` */
  countSignIn(ip: string, email: string): Promise<void>;
}

type Limiter = Pick<RateLimiterMemory, "consume"> | null;

/** How long Redis may take to count; then the node counts for itself. */
const PATIENCE_MS = 500;

/** @param redis counts over all nodes; without it, or while it is away, each node counts what it sees */
export function createRateLimits(env: Env, redis: RedisLink | null = null): RateLimits {
  const store = redis && storeOf(redis);
  const limiter = (name: string, { points, duration }: { points: number; duration: number }): Limiter => {
    if (points === 0) return null;
    const alone = new RateLimiterMemory({ points, duration });
    if (!redis) return alone;
    return new RateLimiterRedis({
      points,
      duration,
      keyPrefix: `${redis.prefix}limit:${name}`,
      storeClient: store,
      useRedisPackage: true,
      insuranceLimiter: alone,
      // Whoever is over the limit is refused here, without asking Redis again.
      inMemoryBlockOnConsumed: points,
    });
  };
  const perUser = limiter("user", { points: env.LIMIT_USER_PER_MINUTE, duration: 60 });
  const perIp = limiter("ip", { points: env.LIMIT_IP_PER_MINUTE, duration: 60 });
  const perKey = limiter("key", { points: env.LIMIT_KEY_PER_MINUTE, duration: 60 });
  const perSignIn = limiter("sign-in", { points: env.LIMIT_SIGN_IN_PER_15_MIN, duration: 15 * 60 });
  return {
    async count({ actor, ip, door, calls = 1 }) {
      if (actor.kind === "apiKey") return consume(perKey, actor.keyId, calls);
      await consume(perIp, ip, calls);
      const user = userOf(actor);
      if (user) await consume(perUser, `${door}:${user}`, calls);
    },
    async countSignIn(ip, email) {
      await consume(perSignIn, `ip:${ip}`, 1);
      await consume(perSignIn, `email:${email.toLowerCase()}`, 1);
    },
  };
}

function userOf(actor: Actor): string | null {
  if (actor.kind === "agent") return `agent:${actor.personId}`;
  if (actor.kind === "customer") return `${actor.channel}:${actor.externalId}`;
  return null;
}

/** What the limiter needs of a client, over whichever connection there is, and never longer than a request can wait. */
function storeOf(redis: RedisLink) {
  return {
    async eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown> {
      if (!redis.client) throw new Error("Redis is away");
      return withinMs(PATIENCE_MS, redis.client.eval(script, options));
    },
  };
}

async function consume(limits: Limiter, key: string, calls: number): Promise<void> {
  if (!limits || calls === 0) return;
  try {
    await limits.consume(key, calls);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
    throw new DomainError("RATE_LIMITED", `Too many requests; try again in ${seconds} s`, {
      retryAfterSeconds: seconds,
    });
  }
}
