import { beforeEach, describe, expect, it } from "vitest";
import type { ConnectionStatus, LiveState } from "./connection.ts";
import { createSendQueue, type SendFailure, type SendQueue, type SendQueueStorage } from "./send-queue.ts";
import { memoryStore, storageStore } from "./send-queue-storage.ts";

const offline: SendFailure<string> = { reason: "offline", isTransient: true, retryAfterMs: 0 };
const refused: SendFailure<string> = { reason: "refused", isTransient: false, retryAfterMs: 0 };

let answer: (body: string) => SendFailure<string> | null;
let attempts: string[];
let sent: string[];
let failed: string[];
let timers: { run: () => void; delayMs: number }[];
let hold: Promise<void> | null;

beforeEach(() => {
  answer = () => null;
  attempts = [];
  sent = [];
  failed = [];
  timers = [];
  hold = null;
});

const settle = () => new Promise((resolve) => setImmediate(resolve));
const states = (queue: SendQueue<string, string>) => queue.get().map(({ body, state }) => `${body} ${state}`);

function connection() {
  const listeners = new Set<(status: ConnectionStatus) => void>();
  return {
    listeners,
    get: (): ConnectionStatus => ({ state: "offline", since: 0 }),
    subscribe(listener: (status: ConnectionStatus) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    become(state: LiveState) {
      for (const listener of listeners) listener({ state, since: 0 });
    },
  };
}

function open(store: SendQueueStorage<string, string> = memoryStore(), online = connection()) {
  const queue = createSendQueue<string, string, string>({
    async send({ body, clientId }) {
      attempts.push(`${clientId} ${body}`);
      await hold;
      const failure = answer(body);
      if (failure) throw failure;
      return clientId;
    },
    toFailure: (error) => error as SendFailure<string>,
    store,
    online,
    onSent: (clientId) => sent.push(clientId),
    onFailed: ({ body, reason }) => failed.push(`${body}: ${reason}`),
    random: () => 1,
    setTimer: (run, delayMs) => timers.push({ run, delayMs }),
  });
  return { queue, online };
}

describe("createSendQueue", () => {
  it("makes a client id, sends in order within a queue, and other queues beside it", async () => {
    const gate = Promise.withResolvers<void>();
    hold = gate.promise;
    const { queue } = open();
    const first = queue.add({ queue: "a", body: "1" });
    queue.add({ queue: "a", body: "2", clientId: "second" });
    queue.add({ queue: "b", body: "3", clientId: "third" });
    expect(states(queue)).toEqual(["1 sending", "2 queued", "3 sending"]);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    gate.resolve();
    await settle();
    expect(sent).toEqual([first, "third", "second"]);
    expect(queue.get()).toEqual([]);
  });

  it("keeps what cannot leave, and sends it once under the same id when the connection is live again", async () => {
    answer = () => offline;
    const store = memoryStore<string, string>();
    const { queue, online } = open(store);
    queue.add({ queue: "a", body: "1", clientId: "x" });
    await settle();
    expect(await store.load()).toMatchObject([{ clientId: "x", state: "queued", reason: "offline" }]);
    answer = () => null;
    online.become("catchingUp");
    await settle();
    expect(attempts).toHaveLength(1);
    online.become("live");
    online.become("live");
    await settle();
    expect(attempts).toEqual(["x 1", "x 1"]);
    expect(await store.load()).toEqual([]);
  });

  it("waits longer each time up to 30 s, and no less than it was told", async () => {
    answer = () => offline;
    const { queue } = open();
    queue.add({ queue: "a", body: "1" });
    await settle();
    for (let round = 0; round < 5; round++) {
      timers.at(-1)?.run();
      await settle();
    }
    answer = () => ({ ...offline, retryAfterMs: 90_000 });
    timers.at(-1)?.run();
    await settle();
    expect(timers.map((timer) => timer.delayMs)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 90_000]);
  });

  it("surfaces a refusal with its reason, lets the next one through, and tries again when asked", async () => {
    answer = (body) => (body === "1" ? refused : null);
    const { queue } = open();
    queue.add({ queue: "a", body: "1", clientId: "x" });
    queue.add({ queue: "a", body: "2", clientId: "y" });
    await settle();
    expect(states(queue)).toEqual(["1 failed"]);
    expect(failed).toEqual(["1: refused"]);
    expect(sent).toEqual(["y"]);
    answer = () => null;
    queue.flush();
    await settle();
    expect(sent).toEqual(["y"]);
    queue.retry("x");
    await settle();
    expect(sent).toEqual(["y", "x"]);
  });

  it("does not retry what the log confirmed while the answer was lost", async () => {
    const gate = Promise.withResolvers<void>();
    hold = gate.promise;
    answer = () => offline;
    const { queue } = open();
    queue.add({ queue: "a", body: "1", clientId: "x" });
    queue.confirm("x");
    gate.resolve();
    await settle();
    expect(timers).toEqual([]);
    expect(queue.get()).toEqual([]);
    expect(failed).toEqual([]);
  });

  it("takes up what an earlier run left, in the order it was written, failures as failures", async () => {
    const values = new Map<string, string>();
    const storage = {
      keys: () => [...values.keys()],
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => void values.set(key, value),
      removeItem: (key: string) => void values.delete(key),
    };
    values.set("other", "not ours");
    answer = (body) => (body === "1" ? refused : offline);
    const before = open(storageStore(storage, "queue.")).queue;
    for (const [at, body] of ["1", "2", "3"].entries())
      before.add({ queue: "a", body, clientId: `${9 - at}`, createdAt: `2026-11-01T10:00:0${at}.000Z` });
    await settle();
    before.stop();
    answer = () => null;
    const { queue } = open(storageStore(storage, "queue."));
    void queue.restore();
    expect(states(queue)).toEqual(["1 failed", "2 queued", "3 queued"]);
    expect(queue.get().every((item) => item.isLate)).toBe(true);
    queue.flush();
    await settle();
    expect(sent).toEqual(["8", "7"]);
    expect([...values.keys()]).toEqual(["other", "queue.9"]);
  });

  it("takes up items whose queue an earlier version called a lane", async () => {
    const stored = {
      clientId: "x",
      lane: "a",
      body: "1",
      createdAt: "2026-11-01T10:00:00Z",
      state: "queued",
      reason: null,
    };
    const storage = { keys: () => ["queue.x"], getItem: () => JSON.stringify(stored), setItem() {}, removeItem() {} };
    const { queue } = open(storageStore(storage, "queue."));
    void queue.restore();
    expect(queue.get()).toMatchObject([{ clientId: "x", queue: "a", body: "1" }]);
    queue.flush();
    await settle();
    expect(sent).toEqual(["x"]);
  });

  it("sends although nothing can be kept", async () => {
    const broken: SendQueueStorage<string, string> = {
      load: () => Promise.resolve([]),
      put() {
        throw new Error("QuotaExceededError");
      },
      remove: () => Promise.reject(new Error("closed")),
    };
    const { queue } = open(broken);
    queue.add({ queue: "a", body: "1", clientId: "x" });
    await settle();
    expect(sent).toEqual(["x"]);
  });

  it("makes no attempt after it was stopped", async () => {
    answer = () => offline;
    const { queue, online } = open();
    queue.add({ queue: "a", body: "1" });
    await settle();
    queue.stop();
    expect(online.listeners.size).toBe(0);
    timers.at(-1)?.run();
    queue.flush();
    await settle();
    expect(attempts).toHaveLength(1);
  });

  it("keeps a part that was uploaded with what is still to be sent", async () => {
    answer = () => offline;
    const store = memoryStore<string, string>();
    const { queue } = open(store);
    queue.add({ queue: "a", body: "1", clientId: "x" });
    await settle();
    queue.update("x", (body) => `${body} half`, { keep: false });
    expect(await store.load()).toMatchObject([{ body: "1" }]);
    queue.update("x", (body) => `${body} whole`);
    expect(await store.load()).toMatchObject([{ body: "1 half whole" }]);
  });
});
