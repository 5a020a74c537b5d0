import { retryDelayMs } from "./back-off.ts";
import type { Connection } from "./connection.ts";

/** Why an attempt failed. */
export interface SendFailure<Reason> {
  reason: Reason;
  /** Whether the same again may succeed. */
  isTransient: boolean;
  /** How long the server asked to wait; 0 when it did not say. */
  retryAfterMs: number;
}

/** What survives the program. */
export interface StoredItem<Body, Reason> {
  /** Made by the client, and the same at every attempt, so that none is stored twice. */
  clientId: string;
  /** Items of one queue leave in order, queues beside each other: a conversation. */
  queue: string;
  body: Body;
  /** ISO 8601. */
  createdAt: string;
  /** `failed` was refused for good and waits for a person. */
  state: "queued" | "failed";
  reason: Reason | null;
}

export interface QueuedItem<Body, Reason> extends Omit<StoredItem<Body, Reason>, "state"> {
  /** What was sent is gone from the queue; `onSent` tells of it. */
  state: "queued" | "sending" | "failed";
  /** An attempt has failed, or an earlier run of the program left it: it is late. */
  isLate: boolean;
}

export interface SendQueueStorage<Body, Reason> {
  /** Everything kept, in any order. */
  load(): StoredItem<Body, Reason>[] | Promise<StoredItem<Body, Reason>[]>;
  put(item: StoredItem<Body, Reason>): void | Promise<void>;
  remove(clientId: string): void | Promise<void>;
}

export interface SendQueueOptions<Body, Result, Reason> {
  /** One attempt. The same client id twice must be stored once. */
  send(item: QueuedItem<Body, Reason>): Promise<Result>;
  toFailure(error: unknown): SendFailure<Reason>;
  store: SendQueueStorage<Body, Reason>;
  /** What waits is tried at once when this is live again. */
  online?: Pick<Connection, "get" | "subscribe">;
  onSent?(result: Result, item: QueuedItem<Body, Reason>): void;
  onFailed?(item: QueuedItem<Body, Reason>): void;
  random?: () => number;
  setTimer?(run: () => void, delayMs: number): void;
}

export interface SendQueue<Body, Reason> {
  get(): readonly QueuedItem<Body, Reason>[];
  subscribe(listener: () => void): () => void;
  /** Takes up what an earlier run left, without sending it. With a store that answers at once it is there at once. */
  restore(): Promise<void>;
  /** @returns its client id */
  add(item: { queue: string; body: Body; clientId?: string; createdAt?: string }): string;
  /** Changes what is to be sent, for example when a part of it has been uploaded. */
  update(clientId: string, change: (body: Body) => Body, options?: { keep: boolean }): void;
  /** Tries everything that is queued, now. */
  flush(): void;
  /** Tries again what had failed. */
  retry(clientId: string): void;
  discard(clientId: string): void;
  /** The server has it, as its log says: the answer to our own attempt may have been lost. */
  confirm(clientId: string): void;
  /** No further attempts. */
  stop(): void;
}

const RETRY_CAP_MS = 30_000;

/**
 * Messages on their way: one after the other in each queue, kept until the server has them, so that neither a lost connection nor the end of
 * the program loses one, and repeated under the same client id, so that none is stored twice.
 */
export function createSendQueue<Body, Result, Reason>(
  options: SendQueueOptions<Body, Result, Reason>,
): SendQueue<Body, Reason> {
  type Item = QueuedItem<Body, Reason>;
  const { store, random = Math.random, setTimer = (run, delayMs) => void setTimeout(run, delayMs) } = options;
  const listeners = new Set<() => void>();
  const busy = new Set<string>();
  const attempts = new Map<string, number>();
  let items: readonly Item[] = [];
  let isStopped = false;

  const find = (clientId: string) => items.find((item) => item.clientId === clientId);

  function set(changed: readonly Item[]): void {
    items = changed;
    for (const listener of [...listeners]) listener();
  }

  function change(clientId: string, fields: Partial<Item>): void {
    if (find(clientId)) set(items.map((item) => (item.clientId === clientId ? { ...item, ...fields } : item)));
  }

  function keep(clientId: string): void {
    const item = find(clientId);
    if (!item) return;
    const { isLate, ...rest } = item;
    // Where nothing can be kept it is sent all the same; only the end of the program would lose it.
    attempt(() => store.put({ ...rest, state: item.state === "failed" ? "failed" : "queued" }));
  }

  function drop(clientId: string): void {
    if (!find(clientId)) return;
    set(items.filter((item) => item.clientId !== clientId));
    attempt(() => store.remove(clientId));
  }

  async function run(queue: string): Promise<void> {
    if (busy.has(queue)) return;
    busy.add(queue);
    try {
      for (;;) {
        const next = items.find((item) => item.queue === queue && item.state !== "failed");
        if (!next || isStopped || !(await sendOne(next))) return;
      }
    } finally {
      busy.delete(queue);
    }
  }

  /** @returns whether the next of the queue may go */
  async function sendOne({ clientId, queue }: Item): Promise<boolean> {
    change(clientId, { state: "sending" });
    const item = find(clientId);
    if (!item) return true;
    try {
      const result = await options.send(item);
      attempts.delete(queue);
      options.onSent?.(result, item);
      drop(clientId);
      return true;
    } catch (error) {
      return fail(clientId, options.toFailure(error));
    }
  }

  function fail(clientId: string, { reason, isTransient, retryAfterMs }: SendFailure<Reason>): boolean {
    const item = find(clientId);
    // Confirmed or discarded while it was under way.
    if (!item) return true;
    change(clientId, { state: isTransient ? "queued" : "failed", reason, isLate: true });
    keep(clientId);
    if (!isTransient) {
      attempts.delete(item.queue);
      options.onFailed?.(find(clientId) ?? item);
      return true;
    }
    const attempt = (attempts.get(item.queue) ?? 0) + 1;
    attempts.set(item.queue, attempt);
    // The doubling of connections, from a second instead of half.
    setTimer(() => void run(item.queue), Math.max(retryAfterMs, retryDelayMs(attempt + 1, random, RETRY_CAP_MS)));
    return false;
  }

  function flush(): void {
    for (const queue of new Set(items.map((item) => item.queue))) void run(queue);
  }

  function takeUp(kept: StoredItem<Body, Reason>[]): void {
    const restored = kept.filter(({ clientId }) => !find(clientId)).map((item): Item => ({ ...item, isLate: true }));
    set([...restored, ...items].sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0)));
  }

  const leave = options.online?.subscribe(({ state }) => {
    if (state === "live") flush();
  });

  return {
    get: () => items,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async restore() {
      const kept = store.load();
      takeUp(Array.isArray(kept) ? kept : await kept);
    },
    add({ queue, body, clientId = crypto.randomUUID(), createdAt = new Date().toISOString() }) {
      set([...items, { clientId, queue, body, createdAt, state: "queued", reason: null, isLate: false }]);
      keep(clientId);
      void run(queue);
      return clientId;
    },
    update(clientId, changeBody, { keep: isKept } = { keep: true }) {
      const item = find(clientId);
      if (!item) return;
      change(clientId, { body: changeBody(item.body) });
      if (isKept) keep(clientId);
    },
    flush,
    retry(clientId) {
      const item = find(clientId);
      if (!item) return;
      attempts.delete(item.queue);
      change(clientId, { state: "queued", reason: null });
      keep(clientId);
      flush();
    },
    discard: drop,
    confirm: drop,
    stop() {
      isStopped = true;
      leave?.();
    },
  };
}

/** A store that fails, at once or later, holds nothing up. */
function attempt(write: () => void | Promise<void>): void {
  try {
    Promise.resolve(write()).catch(() => {});
  } catch {}
}
