import { beforeEach, describe, expect, it } from "vitest";
import type { ConnectionStatus, LiveState } from "./connection.ts";
import { createOutbox, type Outbox, type OutboxStore, type SendFailure } from "./outbox.ts";
import { memoryStore, storageStore } from "./outbox-store.ts";

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
const states = (outbox: Outbox<string, string>) => outbox.get().map(({ body, state }) => `${body} ${state}`);

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

function open(store: OutboxStore<string, string> = memoryStore(), online = connection()) {
  const outbox = createOutbox<string, string, string>({
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
  return { outbox, online };
}

describe("createOutbox", () => {
  it("makes a client id, sends in order within a lane, and other lanes beside it", async () => {
    const gate = Promise.withResolvers<void>();
    hold = gate.promise;
    const { outbox } = open();
    const first = outbox.add({ lane: "a", body: "1" });
    outbox.add({ lane: "a", body: "2", clientId: "second" });
    outbox.add({ lane: "b", body: "3", clientId: "third" });
    expect(states(outbox)).toEqual(["1 sending", "2 queued", "3 sending"]);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    gate.resolve();
    await settle();
    expect(sent).toEqual([first, "third", "second"]);
    expect(outbox.get()).toEqual([]);
  });

  it("keeps what cannot leave, and sends it once under the same id when the connection is live again", async () => {
    answer = () => offline;
    const store = memoryStore<string, string>();
    const { outbox, online } = open(store);
    outbox.add({ lane: "a", body: "1", clientId: "x" });
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
    const { outbox } = open();
    outbox.add({ lane: "a", body: "1" });
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
    const { outbox } = open();
    outbox.add({ lane: "a", body: "1", clientId: "x" });
    outbox.add({ lane: "a", body: "2", clientId: "y" });
    await settle();
    expect(states(outbox)).toEqual(["1 failed"]);
    expect(failed).toEqual(["1: refused"]);
    expect(sent).toEqual(["y"]);
    answer = () => null;
    outbox.flush();
    await settle();
    expect(sent).toEqual(["y"]);
    outbox.retry("x");
    await settle();
    expect(sent).toEqual(["y", "x"]);
  });

  it("does not retry what the log confirmed while the answer was lost", async () => {
    const gate = Promise.withResolvers<void>();
    hold = gate.promise;
    answer = () => offline;
    const { outbox } = open();
    outbox.add({ lane: "a", body: "1", clientId: "x" });
    outbox.confirm("x");
    gate.resolve();
    await settle();
    expect(timers).toEqual([]);
    expect(outbox.get()).toEqual([]);
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
    const before = open(storageStore(storage, "outbox.")).outbox;
    for (const [at, body] of ["1", "2", "3"].entries())
      before.add({ lane: "a", body, clientId: `${9 - at}`, createdAt: `2026-11-01T10:00:0${at}.000Z` });
    await settle();
    before.stop();
    answer = () => null;
    const { outbox } = open(storageStore(storage, "outbox."));
    void outbox.restore();
    expect(states(outbox)).toEqual(["1 failed", "2 queued", "3 queued"]);
    expect(outbox.get().every((item) => item.isLate)).toBe(true);
    outbox.flush();
    await settle();
    expect(sent).toEqual(["8", "7"]);
    expect([...values.keys()]).toEqual(["other", "outbox.9"]);
  });

  it("sends although nothing can be kept", async () => {
    const broken: OutboxStore<string, string> = {
      load: () => Promise.resolve([]),
      put() {
        throw new Error("QuotaExceededError");
      },
      remove: () => Promise.reject(new Error("closed")),
    };
    const { outbox } = open(broken);
    outbox.add({ lane: "a", body: "1", clientId: "x" });
    await settle();
    expect(sent).toEqual(["x"]);
  });

  it("makes no attempt after it was stopped", async () => {
    answer = () => offline;
    const { outbox, online } = open();
    outbox.add({ lane: "a", body: "1" });
    await settle();
    outbox.stop();
    expect(online.listeners.size).toBe(0);
    timers.at(-1)?.run();
    outbox.flush();
    await settle();
    expect(attempts).toHaveLength(1);
  });

  it("keeps a part that was uploaded with what is still to be sent", async () => {
    answer = () => offline;
    const store = memoryStore<string, string>();
    const { outbox } = open(store);
    outbox.add({ lane: "a", body: "1", clientId: "x" });
    await settle();
    outbox.update("x", (body) => `${body} half`, { keep: false });
    expect(await store.load()).toMatchObject([{ body: "1" }]);
    outbox.update("x", (body) => `${body} whole`);
    expect(await store.load()).toMatchObject([{ body: "1 half whole" }]);
  });
});
