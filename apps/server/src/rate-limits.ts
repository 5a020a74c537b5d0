import type { Actor } from "@pult/api/context.ts";
import { DomainError } from "@pult/api/errors.ts";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
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

export function createRateLimits(env: Env): RateLimits {
  const perUser = limiter(env.LIMIT_USER_PER_MINUTE, 60);
  const perIp = limiter(env.LIMIT_IP_PER_MINUTE, 60);
  const perKey = limiter(env.LIMIT_KEY_PER_MINUTE, 60);
  const perSignIn = limiter(env.LIMIT_SIGN_IN_PER_15_MIN, 15 * 60);
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

const limiter = (points: number, duration: number): Limiter =>
  points === 0 ? null : new RateLimiterMemory({ points, duration });

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
