import { type Actor, identityOf } from "@pult/api/actor.ts";
import { DomainError, requestError } from "@pult/api/errors.ts";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import type { RedisLink } from "./adapters/redis-link.ts";
import { withinMs } from "./adapters/within-ms.ts";
import type { Env } from "./env.ts";
import { networkOf } from "./http/client-address.ts";
import { type ScriptStore, SharedSlidingWindow, SlidingWindow, type SlidingWindowOptions } from "./sliding-window.ts";

/** Calls of one user are counted apart in each scope. */
export type RateLimitScope = string;

export interface RateLimits {
  /**
   * Counts calls of an actor: a key against the key's limit, any other caller against the user's and the address's.
   * @param call.ip null where the address was counted before the caller was known
   * @throws DomainError `RATE_LIMITED`
   */
  count(call: { actor: Actor; ip: string | null; scope: RateLimitScope; calls?: number }): Promise<void>;
  /** Counts a new connection for its address, apart from calls: messages over it count by themselves. @throws DomainError `RATE_LIMITED` */
  countHandshake(ip: string): Promise<void>;
  /** Counts an attempt to sign in, per address and per e-mail. @throws DomainError `RATE_LIMITED` */
  countSignIn(ip: string, email: string): Promise<void>;
  /** Counts a step by which a Telegram account is linked, per user; servers answer for their own. @throws DomainError `RATE_LIMITED` */
  countLinking(actor: Actor): Promise<void>;
  /** Refuses an address that has sent too many wrong tokens; no token of it is checked for now. @throws DomainError `RATE_LIMITED` */
  refuseGuesser(ip: string): void;
  /** Counts a wrong token, which costs its address as much as `GUESS_COSTS` calls. @throws DomainError `RATE_LIMITED` */
  countGuess(ip: string): Promise<void>;
  /** Whether to record that this address guesses: at most once an hour. */
  isNewGuesser(ip: string): Promise<boolean>;
  /** Calls refused since the process began. */
  readonly refused: number;
}

/** New connections that an address may open for each call that it may make. */
const HANDSHAKES_PER_CALL = 10;

/** Calls of its address that a wrong token counts as. */
export const GUESS_COSTS = 4;

type Limiter = { consume(key: string, calls?: number): Promise<RateLimiterRes> } | null;

/** How long Redis may take to count; then the node counts for itself. */
const TIMEOUT_MS = 500;
const MAX_GUESSERS = 10_000;

/** @param redis counts over all nodes; without it, or while it is away, each node counts for itself */
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
      // A caller over the limit is refused here, without asking Redis again.
      inMemoryBlockOnConsumed: points,
    });
  };
  const slidingWindow = (name: string, window: SlidingWindowOptions) =>
    redis && store
      ? new SharedSlidingWindow({ ...window, store, prefix: `${redis.prefix}limit:${name}` })
      : new SlidingWindow(window);
  const ofUsers = { points: env.LIMIT_USER_PER_MINUTE, duration: 60 };
  const perUser = ofUsers.points === 0 ? null : slidingWindow("user", ofUsers);
  const perIp = limiter("ip", { points: env.LIMIT_IP_PER_MINUTE, duration: 60 });
  const perHandshake = limiter("handshake", { points: env.LIMIT_IP_PER_MINUTE * HANDSHAKES_PER_CALL, duration: 60 });
  const perKey = limiter("key", { points: env.LIMIT_KEY_PER_MINUTE, duration: 60 });
  const perSignIn = limiter("sign-in", { points: env.LIMIT_SIGN_IN_PER_15_MIN, duration: 15 * 60 });
  const perGuesser = limiter("guesser", { points: 1, duration: 60 * 60 });
  const ofKeys = new Map<number, Limiter>();
  const guessers = new Guessers();
  let refused = 0;

  function tooMany(leftMs: number): DomainError {
    refused += 1;
    const seconds = secondsOf(leftMs);
    return requestError("rateLimited", { seconds }, { retryAfterSeconds: seconds });
  }

  /** @returns what is left; null without a limit */
  async function consume(limits: Limiter, key: string, calls: number): Promise<RateLimiterRes | null> {
    if (!limits || calls === 0) return null;
    try {
      return await limits.consume(key, calls);
    } catch (error) {
      throw error instanceof RateLimiterRes ? tooMany(error.msBeforeNext) : error;
    }
  }

  /** Keys with the same limit of their own share a limiter, not a count. */
  function ownLimitOf(points: number): Limiter {
    const known = ofKeys.get(points) ?? limiter(`key-${points}`, { points, duration: 60 });
    ofKeys.set(points, known);
    return known;
  }

  return {
    async count({ actor, ip, scope, calls = 1 }) {
      if (actor.kind === "apiKey") {
        if (actor.limitPerMinute) await consume(ownLimitOf(actor.limitPerMinute), actor.keyId, calls);
        await consume(perKey, actor.keyId, calls);
        return;
      }
      if (ip !== null) await consume(perIp, networkOf(ip), calls);
      const user = identityOf(actor);
      if (user) await consume(perUser, `${scope}:${user}`, calls);
    },
    async countHandshake(ip) {
      await consume(perHandshake, networkOf(ip), 1);
    },
    async countSignIn(ip, email) {
      await consume(perSignIn, `ip:${networkOf(ip)}`, 1);
      await consume(perSignIn, `email:${email.toLowerCase()}`, 1);
    },
    async countLinking(actor) {
      const user = identityOf(actor);
      if (user) await consume(perSignIn, `telegram:${user}`, 1);
    },
    refuseGuesser(ip) {
      const leftMs = guessers.leftMs(networkOf(ip));
      if (leftMs > 0) throw tooMany(leftMs);
    },
    async countGuess(ip) {
      try {
        const after = await consume(perIp, networkOf(ip), GUESS_COSTS);
        // The next call is refused, and it may hold a valid token.
        if (after?.remainingPoints === 0) guessers.add(networkOf(ip), secondsOf(after.msBeforeNext));
      } catch (error) {
        if (error instanceof DomainError) guessers.add(networkOf(ip), error.retryAfterSeconds ?? 1);
        throw error;
      }
    },
    async isNewGuesser(ip) {
      try {
        await perGuesser?.consume(networkOf(ip));
        return true;
      } catch (error) {
        if (error instanceof RateLimiterRes) return false;
        throw error;
      }
    },
    get refused() {
      return refused;
    },
  };
}

/** Addresses that are over their limit by wrong tokens: known to this node, so that guessing costs no database query. */
class Guessers {
  readonly #until = new Map<string, number>();

  add(ip: string, seconds: number): void {
    if (this.#until.size >= MAX_GUESSERS) this.#until.clear();
    this.#until.set(ip, Date.now() + seconds * 1000);
  }

  /** How long no token of it is checked; not positive when it may try. */
  leftMs(ip: string): number {
    const leftMs = (this.#until.get(ip) ?? 0) - Date.now();
    if (leftMs <= 0) this.#until.delete(ip);
    return leftMs;
  }
}

/** What the limiter needs of a Redis client, within the time that a request can wait. */
function storeOf(redis: RedisLink): ScriptStore {
  return {
    async eval(script, options) {
      if (!redis.client) throw new Error("Redis is away");
      return withinMs(TIMEOUT_MS, redis.client.eval(script, options));
    },
  };
}

const secondsOf = (leftMs: number): number => Math.max(1, Math.ceil(leftMs / 1000));
