import { setTimeout as sleep } from "node:timers/promises";
import type { Lease, Leases } from "@pult/db/leases.ts";
import pLimit from "p-limit";
import type { Deps } from "../context.ts";
import { type OutboxHandler, type OutboxHandlers, outboxTopic, type Settled, type Verdict } from "./outbox.ts";
import { type Bucket, Pacer, type Permit, type Priority } from "./pacer.ts";
import { offerRoom } from "./room.ts";
import {
  assignLeases,
  type QueuedItem,
  type QueueHead,
  type Settlement,
  selectFirst,
  selectHeads,
  selectLeases,
  selectPauses,
  settle,
} from "./rows.ts";
import { why } from "./why.ts";

export interface OutboxOptions {
  deps: Deps;
  leases: Leases;
  handlers: OutboxHandlers;
  /** Calls under way at most. Default 64: what is paid for goes at hundreds a second. */
  maxCalls?: number;
  /** How long an item may wait for its own sake, all waits together. Default 10 min. */
  maxItemWaitMs?: number;
}

export interface OutboxWorker {
  /** Stops taking items, waits for the calls under way and gives the leases back. */
  stop(): Promise<void>;
}

/** How often it looks for items that it was not told of, such as another node's. */
const SWEEP_MS = 5_000;
/** How soon a failed look at the database is repeated. */
const RETRY_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** An item that fails this often for a reason of ours is given up, so that it does not hold up its queue for ever. */
const MAX_OWN_FAILURES = 8;
/** Queues whose first item is looked for at a time, however many begin. */
const MAX_READS = 32;
/** How long storing an outcome waits after a failure. */
const STORE_RETRIES_MS = [20, 100, 500, 1_000, 2_000, 4_000];
/** Verdicts `again` in a row before the item waits. */
const MAX_IMMEDIATE_RETRIES = 3;

/** 1 s, 2 s, 4 s… up to `maxMs`. */
export const backoffMs = (attempts: number, maxMs = MAX_BACKOFF_MS): number =>
  Math.min(maxMs, 1_000 * 2 ** Math.min(attempts, 10));

/**
 * Works off the outbox: queues whose lease this node holds, each in order and one call at a time, side by side. An item leaves the outbox only
 * after the outside world has answered, so a crash repeats at most the calls that were under way.
 */
export function startOutbox(options: OutboxOptions): OutboxWorker {
  const { deps, leases, handlers } = options;
  const { db, bus, now, log } = deps;
  const pacer = new Pacer({ now, maxCalls: options.maxCalls ?? 64 });
  const runner = new Runner({ ...options, pacer });
  const withdrawals = new Map<string, () => Promise<void>>();
  const held = new Map<string, Lease>();
  const running = new Map<string, { done: Promise<void>; task: QueueTask }>();
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  let sweeping: Promise<void> | null = null;
  let sweepAgain = false;
  offerRoom(deps, (lease, bucket) => (held.has(lease) ? pacer.room(bucket) : null));

  function wakeIn(delayMs: number): void {
    if (stopped) return;
    if (timer) clearTimeout(timer);
    timer = setTimeout(sweep, Math.max(10, Math.min(delayMs, SWEEP_MS)));
  }

  function sweep(): void {
    if (stopped) return;
    if (sweeping) {
      sweepAgain = true;
      return;
    }
    sweepAgain = false;
    pacer.dispatch();
    sweeping = startQueues()
      .catch((error) => {
        log.error({ err: error }, "Failed to read the outbox");
        wakeIn(RETRY_MS);
      })
      .finally(() => {
        sweeping = null;
        if (sweepAgain) sweep();
      });
  }

  async function startQueues(): Promise<void> {
    let names = await selectLeases(db);
    if (names.includes("")) {
      await assignLeases(deps, handlers);
      names = await selectLeases(db);
    }
    for (const name of names) {
      if (stopped || withdrawals.has(name)) continue;
      withdrawals.set(name, leases.hold(name, holdQueues));
    }
    let nextDueMs = SWEEP_MS;
    for (const head of await selectHeads(db, [...held.keys()], now())) {
      const inMs = head.dueAt - now().getTime();
      if (inMs > 0) nextDueMs = Math.min(nextDueMs, inMs);
      else start(head);
    }
    wakeIn(nextDueMs);
  }

  async function holdQueues(lease: Lease): Promise<void> {
    for (const { bucket, until } of await selectPauses(db, now())) pacer.pause(bucket, until);
    if (lease.signal.aborted) return;
    held.set(lease.name, lease);
    sweep();
    await new Promise<void>((resolve) => lease.signal.addEventListener("abort", () => resolve(), { once: true }));
    held.delete(lease.name);
    await Promise.all([...running.values()].filter(({ task }) => task.lease === lease).map(({ done }) => done));
  }

  function start({ lease: name, queue, priority }: QueueHead): void {
    const key = JSON.stringify([name, queue]);
    const lease = held.get(name);
    running.get(key)?.task.raise(priority);
    if (!lease || running.has(key)) return;
    const task = new QueueTask(lease, queue);
    const done = runner
      .run(task)
      .then(() => 0)
      .catch((error) => {
        log.error({ err: error, queue }, "An outbox queue stopped");
        return RETRY_MS;
      })
      .then((delayMs) => {
        running.delete(key);
        wakeIn(delayMs);
      });
    running.set(key, { done, task });
  }

  const unsubscribe = bus.subscribeLatest(outboxTopic.name("due"), sweep);
  sweep();
  return {
    async stop() {
      stopped = true;
      unsubscribe();
      if (timer) clearTimeout(timer);
      await sweeping;
      await Promise.all([...withdrawals.values()].map((withdraw) => withdraw()));
    },
  };
}

/** A queue while it is worked off. */
class QueueTask {
  readonly lease: Lease;
  readonly queue: string;
  /** Lifts the priority of the call that waits for its permit; a more urgent item has come to the front. */
  raise: (to: Priority) => void = () => {};

  constructor(lease: Lease, queue: string) {
    this.lease = lease;
    this.queue = queue;
  }
}

/** Works off single queues. */
class Runner {
  readonly #options: OutboxOptions & { pacer: Pacer };
  /** Queries under way: a driver that is handed hundreds at once queues them behind transactions. */
  readonly #reads = pLimit(MAX_READS);
  /** Failures of our own, by item. */
  readonly #ownFailures = new Map<number, number>();

  constructor(options: OutboxOptions & { pacer: Pacer }) {
    this.#options = options;
  }

  async run(task: QueueTask): Promise<void> {
    const { deps } = this.#options;
    const { name: lease } = task.lease;
    for (;;) {
      const item = await this.#reads(() => selectFirst(deps.db, { lease, queue: task.queue }));
      if (!item || !task.lease.lasts() || item.dueAt > deps.now()) return;
      if ((await this.#runItem(task, item)) === "stop") return;
    }
  }

  async #runItem(task: QueueTask, first: QueuedItem): Promise<"next" | "stop"> {
    const { deps } = this.#options;
    let item = first;
    for (let retried = 0; ; retried++) {
      const handler = this.#options.handlers[item.kind];
      const buckets = handler ? bucketsOf(deps, handler, item) : [];
      const permit = await this.#acquire(task, item, buckets);
      if (!permit) return "stop";
      try {
        if (permit.waited) {
          const at = { lease: task.lease.name, queue: task.queue };
          const now = await this.#reads(() => selectFirst(deps.db, at));
          if (now?.id !== item.id) return "next";
        }
        // Another node may deliver it by now.
        if (!task.lease.lasts()) return "stop";
        const verdict = await this.#attempt(handler, item);
        if (verdict.state === "again" && retried < MAX_IMMEDIATE_RETRIES) {
          item = { ...item, payload: verdict.payload ?? item.payload };
          continue;
        }
        return await this.#settle({ task, item, handler, verdict, buckets });
      } finally {
        permit.release();
      }
    }
  }

  async #acquire(task: QueueTask, item: QueuedItem, buckets: readonly Bucket[]): Promise<Permit | null> {
    const waiting = this.#options.pacer.acquire(buckets, item.priority, task.lease.signal);
    task.raise = waiting.raise;
    return waiting.permit;
  }

  async #attempt(handler: OutboxHandler | undefined, item: QueuedItem): Promise<Verdict> {
    try {
      if (!handler) throw new Error(`No handler for ${item.kind}`);
      const verdict = await handler.deliver(this.#options.deps, {
        ...item,
        payload: handler.schema.parse(item.payload),
      });
      this.#ownFailures.delete(item.id);
      return verdict;
    } catch (error) {
      const count = (this.#ownFailures.get(item.id) ?? 0) + 1;
      const { id: outboxId, queue, subject } = item;
      this.#options.deps.log.error({ err: error, outboxId, queue, subject, count }, "A delivery failed internally");
      if (count >= MAX_OWN_FAILURES) {
        this.#ownFailures.delete(item.id);
        return { state: "failed", ...why("internal") };
      }
      this.#ownFailures.set(item.id, count);
      return { state: "wait", scope: "provider", ...why("internal"), delayMs: backoffMs(count - 1) };
    }
  }

  async #settle(call: {
    task: QueueTask;
    item: QueuedItem;
    handler: OutboxHandler | undefined;
    verdict: Verdict;
    buckets: readonly Bucket[];
  }): Promise<"next" | "stop"> {
    const { task, item, handler, buckets } = call;
    const { deps, pacer } = this.#options;
    const settled = this.#settledBy(item, call.verdict);
    const bucket = buckets.at(-1)?.name;
    const pauseMs = pauseOf(settled);
    const pause = bucket && pauseMs ? { bucket, until: new Date(deps.now().getTime() + pauseMs) } : null;
    if (pause) pacer.pause(pause.bucket, pause.until);
    const { id: outboxId, queue, subject } = item;
    const stored = await this.#store({ item, settled, handler, lease: task.lease, pause });
    if (stored === false) {
      deps.log.warn({ outboxId, queue, subject }, "Another node holds the lease; the outcome of a delivery is dropped");
      return "stop";
    }
    if (stored && isFault(stored)) {
      deps.log.warn({ outboxId, queue, subject, reason: stored.reason }, `Delivery ${stored.state}`);
    }
    return stored?.state === "wait" ? "stop" : "next";
  }

  /** The outcome of a call is known here alone, so it is stored again while the database fails: otherwise the call would be repeated. */
  async #store(settlement: Settlement): Promise<Settled | null | false> {
    const { deps } = this.#options;
    const { item, lease } = settlement;
    for (let attempts = 0; ; attempts++) {
      try {
        return await settle(deps, settlement);
      } catch (error) {
        const delayMs = STORE_RETRIES_MS[attempts];
        if (delayMs === undefined || !lease.lasts()) throw error;
        const about = { outboxId: item.id, queue: item.queue, attempts, delayMs };
        deps.log.warn({ err: error, ...about }, "Failed to store the outcome of a delivery; trying again");
        await sleep(delayMs);
      }
    }
  }

  #settledBy(item: QueuedItem, verdict: Verdict): Settled | { state: "handOver" } {
    const { maxItemWaitMs = 10 * 60_000 } = this.#options;
    const settled: Exclude<Verdict, { state: "again" }> =
      verdict.state === "again"
        ? { state: "wait", scope: "item", ...why("refusedAgain"), delayMs: MAX_BACKOFF_MS }
        : verdict;
    if (settled.state !== "wait" || settled.scope !== "item") return settled;
    const { reason, problem, params, parkAfterMs = maxItemWaitMs } = settled;
    return item.waitedMs + settled.delayMs > parkAfterMs ? { state: "parked", reason, problem, params } : settled;
  }
}

/** What the innermost bucket asked for. */
function pauseOf(settled: Settled | { state: "handOver" }): number | undefined {
  if (settled.state === "failed") return settled.pauseMs;
  return settled.state === "wait" && settled.scope === "bucket" ? settled.delayMs : undefined;
}

const isFault = (settled: Settled): settled is Exclude<Settled, { state: "done" | "skipped" }> =>
  settled.state !== "done" && settled.state !== "skipped" && !(settled.state === "wait" && settled.scope === "planned");

/** None for a payload that its handler cannot read: the attempt fails then. */
function bucketsOf(deps: Deps, handler: OutboxHandler, item: QueuedItem): readonly Bucket[] {
  const parsed = handler.schema.safeParse(item.payload);
  return parsed.success ? handler.buckets(deps, parsed.data) : [];
}
