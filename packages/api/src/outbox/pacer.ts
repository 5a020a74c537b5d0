/** In the order in which they are served. */
export const PRIORITIES = ["reply", "normal", "bulk"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** A paced destination, or one around it: a bot, a chat. */
export interface Bucket {
  name: string;
  /** At most `calls` in any `perMs`; null for no limit of ours. A pause that the destination asks for holds either way. */
  limit: { calls: number; perMs: number } | null;
}

/** Permission to make one call; `release` ends it. */
export interface Permit {
  /** Whether something may have changed while it waited. */
  waited: boolean;
  release(): void;
}

interface Waiting {
  buckets: readonly Bucket[];
  priority: number;
  ordinal: number;
  /** Whether it did not go at once. */
  waited: boolean;
  resolve(permit: Permit | null): void;
}

export interface PacerOptions {
  now(): Date;
  /** Calls under way at most, over all buckets; three quarters of them in bulk. */
  maxCalls: number;
}

/** The longest time between two dispatches while calls wait, should the clock have been set. */
const MAX_DISPATCH_MS = 5_000;
/** Buckets in memory before those that hold nothing back are dropped. */
const MANY_BUCKETS = 5_000;

const isBulk = ({ priority }: Waiting): boolean => priority === PRIORITIES.indexOf("bulk");

/**
 * When calls may begin: a call waits until all its buckets have room, and of several that could go, the one with the better priority goes
 * first. Counts are this process's memory, because a lease makes it the only one that calls there.
 */
export class Pacer {
  readonly #options: PacerOptions;
  /** Unix ms at which recent calls began, oldest first. */
  readonly #begun = new Map<string, number[]>();
  /** Unix ms until which no call begins. */
  readonly #paused = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  /** So that what people wait for finds a place while Telegram is slow to answer what is sent in bulk. */
  readonly #maxBulkCalls: number;
  #calls = 0;
  #bulkCalls = 0;
  #ordinal = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: PacerOptions) {
    this.#options = options;
    this.#maxBulkCalls = Math.ceil(options.maxCalls * 0.75);
  }

  /** Resolves when the call may begin; null once `signal` aborts. `raise` lifts the priority of one that waits. */
  acquire(
    buckets: readonly Bucket[],
    priority: Priority,
    signal: AbortSignal,
  ): { permit: Promise<Permit | null>; raise(to: Priority): void } {
    const { promise, resolve } = Promise.withResolvers<Permit | null>();
    const ordinal = this.#ordinal++;
    const one: Waiting = { buckets, priority: PRIORITIES.indexOf(priority), ordinal, waited: false, resolve };
    const drop = () => {
      const at = this.#waiting.indexOf(one);
      if (at >= 0) this.#waiting.splice(at, 1);
      if (this.#waiting.length === 0 && this.#timer) clearTimeout(this.#timer);
      resolve(null);
    };
    if (signal.aborted) drop();
    else {
      signal.addEventListener("abort", drop, { once: true });
      void promise.then(() => signal.removeEventListener("abort", drop));
      this.#waiting.push(one);
      this.dispatch();
      one.waited = true;
    }
    return {
      permit: promise,
      raise: (to) => {
        if (PRIORITIES.indexOf(to) >= one.priority) return;
        one.priority = PRIORITIES.indexOf(to);
        this.dispatch();
      },
    };
  }

  /** How many calls may begin there now; null without a limit. */
  room({ name, limit }: Bucket): number | null {
    if (!limit) return null;
    const now = this.#options.now().getTime();
    if ((this.#paused.get(name) ?? 0) > now) return 0;
    const recent = (this.#begun.get(name) ?? []).filter((at) => at > now - limit.perMs);
    return Math.max(0, limit.calls - recent.length);
  }

  /** No call to this bucket begins before `until`. */
  pause(bucket: string, until: Date): void {
    this.#paused.set(bucket, Math.max(this.#paused.get(bucket) ?? 0, until.getTime()));
  }

  /** Lets every call begin that may; also called when the clock may have been set. */
  dispatch(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const now = this.#options.now().getTime();
    let next = Number.POSITIVE_INFINITY;
    for (const one of this.#waiting.toSorted((a, b) => a.priority - b.priority || a.ordinal - b.ordinal)) {
      if (this.#calls >= this.#options.maxCalls) return;
      if (isBulk(one) && this.#bulkCalls >= this.#maxBulkCalls) break;
      const at = Math.max(0, ...one.buckets.map((bucket) => this.#opensAt(bucket, now)));
      if (at <= now) this.#begin(one, now);
      else next = Math.min(next, at);
    }
    if (next < Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.dispatch(), Math.min(MAX_DISPATCH_MS, Math.max(1, next - now)));
  }

  #opensAt({ name, limit }: Bucket, now: number): number {
    const paused = this.#paused.get(name) ?? 0;
    if (paused <= now) this.#paused.delete(name);
    const begun = this.#begun.get(name);
    if (!limit || !begun) return paused;
    while (begun[0] !== undefined && begun[0] <= now - limit.perMs) begun.shift();
    const oldest = begun.at(-limit.calls);
    return oldest === undefined ? paused : Math.max(paused, oldest + limit.perMs);
  }

  #begin(one: Waiting, now: number): void {
    this.#waiting.splice(this.#waiting.indexOf(one), 1);
    for (const { name, limit } of one.buckets) {
      if (!limit) continue;
      const begun = this.#begun.get(name) ?? [];
      begun.push(now);
      this.#begun.set(name, begun);
    }
    if (this.#begun.size > MANY_BUCKETS) this.#forget(now);
    const bulk = isBulk(one) ? 1 : 0;
    this.#calls += 1;
    this.#bulkCalls += bulk;
    let isOver = false;
    one.resolve({
      waited: one.waited,
      release: () => {
        if (isOver) return;
        isOver = true;
        this.#calls -= 1;
        this.#bulkCalls -= bulk;
        this.dispatch();
      },
    });
  }

  #forget(now: number): void {
    for (const [name, begun] of this.#begun) if ((begun.at(-1) ?? 0) < now - 120_000) this.#begun.delete(name);
  }
}
