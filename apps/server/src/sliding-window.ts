import { randomUUID } from "node:crypto";
import { RateLimiterRes } from "rate-limiter-flexible";

export interface SlidingWindowOptions {
  /** Calls in a window. */
  points: number;
  /** Of the window, in seconds. */
  duration: number;
}

/** Runs a script on Redis. @throws Error when Redis is away, or does not answer in time */
export interface ScriptStore {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** Counts the calls of any span of so many seconds, not of spans that begin with a first call: no boundary lets through twice as many. */
export class SlidingWindow {
  readonly #points: number;
  readonly #ms: number;
  /** When calls were made, oldest first; keys by their newest call. */
  readonly #calls = new Map<string, number[]>();

  constructor({ points, duration }: SlidingWindowOptions) {
    this.#points = points;
    this.#ms = duration * 1_000;
  }

  /** @throws RateLimiterRes with the time until so many calls are free; refused calls do not count */
  async consume(key: string, calls = 1): Promise<RateLimiterRes> {
    const now = Date.now();
    const since = now - this.#ms;
    this.#forget(since);
    const times = (this.#calls.get(key) ?? []).filter((at) => at > since);
    const over = times.length + calls - this.#points;
    if (over > 0) throw new RateLimiterRes(0, (times[over - 1] ?? now) - since, times.length);
    for (let call = 0; call < calls; call += 1) times.push(now);
    this.#calls.delete(key);
    this.#calls.set(key, times);
    return new RateLimiterRes(-over, this.#ms, times.length);
  }

  #forget(since: number): void {
    for (const [key, times] of this.#calls) {
      if ((times.at(-1) ?? 0) > since) return;
      this.#calls.delete(key);
    }
  }
}

/** @returns 0, or the milliseconds until so many calls are free */
const COUNT = `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window, points, calls = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - window)
local over = redis.call("ZCARD", KEYS[1]) + calls - points
if over > 0 then
  local oldest = redis.call("ZRANGE", KEYS[1], over - 1, over - 1, "WITHSCORES")
  return oldest[2] and oldest[2] + window - now or window
end
for call = 1, calls do redis.call("ZADD", KEYS[1], now, ARGV[4] .. call) end
redis.call("PEXPIRE", KEYS[1], window)
return 0`;

/** A window over all nodes; while Redis is away each node counts for itself. */
export class SharedSlidingWindow {
  readonly #options: SlidingWindowOptions & { store: ScriptStore; prefix: string };
  readonly #alone: SlidingWindow;
  /** Until when callers over the limit are refused without asking Redis again, Unix ms. */
  readonly #refused = new Map<string, number>();

  constructor(options: SlidingWindowOptions & { store: ScriptStore; prefix: string }) {
    this.#options = options;
    this.#alone = new SlidingWindow(options);
  }

  /** @throws RateLimiterRes as a window of one node */
  async consume(key: string, calls = 1): Promise<RateLimiterRes> {
    const { points, duration } = this.#options;
    const left = this.#leftMs(key);
    if (left > 0) throw new RateLimiterRes(0, left, points);
    let waitMs: number;
    try {
      waitMs = await this.#count(key, calls);
    } catch {
      return this.#alone.consume(key, calls);
    }
    if (waitMs <= 0) return new RateLimiterRes(0, duration * 1_000, calls);
    if (calls === 1) this.#refused.set(key, Date.now() + waitMs);
    throw new RateLimiterRes(0, waitMs, points);
  }

  async #count(key: string, calls: number): Promise<number> {
    const { store, prefix, points, duration } = this.#options;
    const given = [duration * 1_000, points, calls, randomUUID()].map(String);
    return Number(await store.eval(COUNT, { keys: [`${prefix}:${key}`], arguments: given }));
  }

  #leftMs(key: string): number {
    const now = Date.now();
    for (const [other, until] of this.#refused) if (until <= now) this.#refused.delete(other);
    return (this.#refused.get(key) ?? now) - now;
  }
}
