import { createLeases, type Leases } from "@pult/db/leases.ts";
import { sql } from "drizzle-orm";
import { afterEach, expect, it } from "vitest";
import { z } from "zod";
import { waitFor } from "../testing/telegram-desk.ts";
import { describeOnBothDatabases } from "../testing/test-deps.ts";
import { enqueue, type OutboxHandler, type OutboxItem, publishDue, type Verdict } from "./outbox.ts";
import type { Bucket } from "./pacer.ts";
import { type OutboxOptions, type OutboxWorker, startOutbox } from "./worker.ts";

type Payload = { text: string };

describeOnBothDatabases("The outbox", (world) => {
  const open: { worker: OutboxWorker; leases: Leases }[] = [];
  const answers: PromiseWithResolvers<Verdict<Payload>>[] = [];
  afterEach(async () => {
    // A worker stops when its calls have ended, also after a failure.
    for (const { resolve } of answers.splice(0)) resolve({ state: "done" });
    for (const { worker, leases } of open.splice(0)) {
      await worker.stop();
      await leases.close();
    }
  });

  /** Delivers by writing down; `answers` decides what becomes of a text. */
  function handlerOf(
    options: { buckets?: readonly Bucket[]; answers?: Record<string, () => Promise<Verdict<Payload>>> } = {},
  ) {
    const sent: string[] = [];
    /** What has begun to wait for its buckets, or was sent. */
    const asked: string[] = [];
    const handler: OutboxHandler<Payload> = {
      schema: z.object({ text: z.string() }),
      lease: () => "assigned",
      buckets(_, { text }) {
        asked.push(text);
        return options.buckets ?? [];
      },
      async deliver(_, { payload }) {
        sent.push(payload.text);
        return (await options.answers?.[payload.text]?.()) ?? { state: "done" };
      },
      settled: async (_, item, { state }) => [{ topic: "test:log", payload: { id: item.id, state } }],
    };
    return { sent, asked, handlers: { test: handler } };
  }

  /** An answer that does not come before it is resolved. */
  function hanging(): PromiseWithResolvers<Verdict<Payload>> {
    const answer = Promise.withResolvers<Verdict<Payload>>();
    answers.push(answer);
    return answer;
  }

  /** A node of its own. One that is too slow to renew loses its leases, and what was under way is repeated: not within a test, by default. */
  function node(
    handlers: OutboxOptions["handlers"],
    { ttlMs = 60_000, ...options }: Partial<OutboxOptions> & { ttlMs?: number } = {},
  ) {
    const { deps } = world;
    const leases = createLeases({
      db: deps.db,
      failed: (error) => deps.log.error({ err: error }, "A work stopped"),
      refused: () => {},
      answered: () => {},
      ttlMs,
      renewMs: 50,
    });
    const worker = startOutbox({ deps, leases, handlers, ...options });
    const started = { worker, leases };
    open.push(started);
    return started;
  }

  it("delivers at once what follows in another queue, and announces nothing for what follows in its own", async () => {
    const { sent, handlers } = handlerOf();
    const settled: typeof handlers.test.settled = async (tx, item) => {
      const next = item.payload.text === "first" ? itemOf("same", { queue: "q" }) : itemOf("other", { queue: "other" });
      if (sent.length < 3) await enqueue(tx, [next]);
      return [];
    };
    node({ test: { ...handlers.test, settled } });
    await put(itemOf("first"));
    const announced = () => world.deps.bus.latest.filter(({ topic }) => topic === "outbox:due").length;
    await waitFor(() => sent.length === 3);
    expect(sent).toEqual(["first", "same", "other"]);
    expect(announced()).toBe(2);
  });

  const itemOf = (text: string, given: Partial<OutboxItem> = {}): OutboxItem<Payload> => ({
    queue: "q",
    kind: "test",
    lease: "bot:42",
    priority: "normal",
    dueAt: world.deps.now(),
    subject: `test.thing:${text}`,
    personId: null,
    route: "test",
    ...given,
    payload: { text },
  });
  async function put(...items: OutboxItem[]): Promise<void> {
    await world.deps.db.transaction((tx) => enqueue(tx, items));
    publishDue(world.deps.bus);
  }
  const states = async () =>
    (await world.query<{ state: string }>(sql`select state from outbox order by id`)).map(({ state }) => state);
  const isSettled = async () => !(await states()).includes("pending");
  const settled = () => waitFor(isSettled);
  /** Moves the clock by steps until this is so. */
  const passTime = (stepMs: number, done: () => Promise<boolean>) =>
    waitFor(() => {
      world.deps.clock.advance(stepMs);
      publishDue(world.deps.bus);
      return done();
    });

  it("delivers a queue in order, better priorities first, and announces each outcome", async () => {
    await put(itemOf("bulk", { priority: "bulk" }), itemOf("1"), itemOf("2"), itemOf("reply", { priority: "reply" }));
    const { sent, handlers } = handlerOf();
    node(handlers);
    await settled();
    expect(sent).toEqual(["reply", "1", "2", "bulk"]);
    expect(world.deps.bus.published.map(({ topic }) => topic)).toEqual(Array(4).fill("test:log"));
  });

  it("works queues side by side: one that hangs holds up no other", async () => {
    const hang = hanging();
    const { sent, handlers } = handlerOf({ answers: { hangs: () => hang.promise } });
    await put(itemOf("hangs"), itemOf("behind"), itemOf("other", { queue: "r" }));
    node(handlers);
    await waitFor(async () => (await states()).includes("done") && sent.length === 2);
    // The queues are not ordered among themselves.
    expect(sent.toSorted()).toEqual(["hangs", "other"]);
    expect(await states()).toEqual(["pending", "pending", "done"]);
    hang.resolve({ state: "done" });
    await settled();
    expect(sent.at(-1)).toBe("behind");
  });

  it("lets a reply that arrives later go before bulk that waits for the same destination", async () => {
    const bucket: Bucket = { name: "slow", limit: { calls: 1, perMs: 60_000 } };
    const { sent, asked, handlers } = handlerOf({ buckets: [bucket] });
    await put(...[1, 2, 3].map((at) => itemOf(`bulk ${at}`, { queue: `q${at}`, priority: "bulk" })));
    node(handlers);
    await waitFor(() => sent.length === 1);
    await put(itemOf("reply", { queue: "r", priority: "reply" }));
    await waitFor(() => asked.includes("reply"));
    await passTime(60_000, async () => sent.length === 4);
    expect(sent[1]).toBe("reply");
  });

  it("replaces an item of the same key that was never tried, and none that was", async () => {
    const { sent, handlers } = handlerOf({
      answers: { tried: async () => ({ state: "wait", scope: "item", delayMs: 1_000, reason: "later" }) },
    });
    await put(itemOf("old", { replaces: "edit:1" }), itemOf("tried", { queue: "r", replaces: "edit:1" }));
    await put(itemOf("new", { replaces: "edit:1" }));
    node(handlers);
    await waitFor(async () => (await states()).includes("done"));
    await waitFor(() => sent.includes("tried"));
    await waitFor(async () => (await world.query(sql`select 1 from outbox where attempts = 1`)).length === 1);
    await put(itemOf("newer", { queue: "r", replaces: "edit:1" }));
    expect(sent.toSorted()).toEqual(["new", "tried"]);
    expect(await world.query(sql`select payload->>'text' as text from outbox order by id`)).toEqual([
      { text: "tried" },
      { text: "new" },
      { text: "newer" },
    ]);
  });

  it("parks an item that waits too long for a reason of its own, shows it, and goes on", async () => {
    const { sent, handlers } = handlerOf({
      answers: { stuck: async () => ({ state: "wait", scope: "item", delayMs: 4_000, reason: "not now" }) },
    });
    await put(itemOf("stuck"), itemOf("behind"));
    node(handlers, { maxItemWaitMs: 10_000 });
    await passTime(4_000, isSettled);
    expect(await states()).toEqual(["parked", "done"]);
    expect(sent).toEqual(["stuck", "stuck", "stuck", "behind"]);
  });

  it("holds everything that passes a bucket until its pause ends, also after a restart", async () => {
    const bucket: Bucket = { name: "bot:42:chat:7", limit: null };
    let isFlooded = true;
    const { sent, handlers } = handlerOf({
      buckets: [bucket],
      answers: {
        first: async () =>
          isFlooded ? { state: "wait", scope: "bucket", delayMs: 7_000, reason: "flood" } : { state: "done" },
      },
    });
    await put(itemOf("first"));
    const { worker, leases } = node(handlers);
    await waitFor(async () => (await world.query(sql`select 1 from outbox_pauses`)).length === 1);
    isFlooded = false;
    await worker.stop();
    await leases.close();
    // Another queue to the same destination, on a process that has not seen the refusal.
    await put(itemOf("second", { queue: "r" }));
    node(handlers);
    world.deps.clock.advance(6_999);
    await waitFor(
      async () => (await world.query(sql`select 1 from leases where expires_at > clock_timestamp()`)).length === 1,
    );
    publishDue(world.deps.bus);
    await waitFor(async () => {
      publishDue(world.deps.bus);
      return true;
    });
    expect(sent).toEqual(["first"]);
    world.deps.clock.advance(1);
    publishDue(world.deps.bus);
    await settled();
    expect(sent.toSorted()).toEqual(["first", "first", "second"]);
  });

  it("rejects a settlement by a former owner of the lease; the new owner's stands", async () => {
    const late = hanging();
    const slow = handlerOf({ answers: { once: () => late.promise } });
    await put(itemOf("once"));
    const former = node(slow.handlers);
    await waitFor(() => slow.sent.length === 1);
    await world.deps.db.execute(sql`
      update leases set owner = 'another', token = token + 1, expires_at = clock_timestamp() + interval '1 minute'`);
    late.resolve({ state: "failed", reason: "too late" });
    await waitFor(() => world.deps.log.lines.some(({ message }) => message.includes("is dropped")));
    expect(await states()).toEqual(["pending"]);
    await former.worker.stop();
    await world.deps.db.execute(sql`update leases set expires_at = clock_timestamp()`);
    const { sent, handlers } = handlerOf();
    node(handlers);
    await settled();
    expect([sent, await states()]).toEqual([["once"], ["done"]]);
  });

  it("begins no call once its lease has run out, though the process was stopped meanwhile", async () => {
    const { sent, handlers } = handlerOf();
    const test: OutboxHandler<Payload> = {
      ...handlers.test,
      buckets() {
        // As a process that is paused: its timers have not run when it goes on.
        for (const until = performance.now() + 600; performance.now() < until; );
        return [];
      },
    };
    node({ test }, { ttlMs: 500 });
    await put(itemOf("late"));
    await waitFor(
      async () => (await world.query(sql`select 1 from leases where expires_at <= clock_timestamp()`)).length === 1,
    );
    expect([sent, await states()]).toEqual([[], ["pending"]]);
  });

  it("gives each queue to one of two nodes, and delivers nothing twice while no lease is lost", async () => {
    const one = handlerOf();
    const other = handlerOf();
    const names = Array.from({ length: 40 }, (_, at) => `${at}`);
    node(one.handlers);
    node(other.handlers);
    await put(...names.map((text, at) => itemOf(text, { queue: `q${at % 5}`, lease: `account:${at % 4}` })));
    await settled();
    expect([...one.sent, ...other.sent].toSorted()).toEqual(names.toSorted());
  });

  it("assigns a lease to items that were stored without one", async () => {
    await put(itemOf("old", { lease: "" }));
    const { sent, handlers } = handlerOf();
    node(handlers);
    await settled();
    expect([sent, await world.query(sql`select lease from outbox`)]).toEqual([["old"], [{ lease: "assigned" }]]);
  });

  it("expedites earlier items that were never tried, where a later one says so", async () => {
    const later = new Date(world.deps.now().getTime() + 60_000);
    await put(itemOf("waits", { dueAt: later }), itemOf("expedites", { expeditesEarlier: true }));
    const { sent, handlers } = handlerOf();
    node(handlers);
    await settled();
    expect(sent).toEqual(["waits", "expedites"]);
  });

  it("makes no call twice because its outcome could not be stored", async () => {
    const { sent, handlers } = handlerOf();
    let failures = 2;
    const settled: typeof handlers.test.settled = async (tx) => {
      if (failures-- > 0) await tx.execute(sql`select 1 / 0`);
      return [];
    };
    await put(itemOf("once"), itemOf("behind"));
    node({ test: { ...handlers.test, settled } });
    await waitFor(isSettled);
    expect([sent, await states()]).toEqual([
      ["once", "behind"],
      ["done", "done"],
    ]);
  });

  it("fails an item whose kind no slice delivers after 8 attempts, and logs each", async () => {
    await put(itemOf("x", { kind: "gone" }));
    node({});
    await passTime(60_000, isSettled);
    expect(await states()).toEqual(["failed"]);
    expect(world.deps.log.takeErrors("failed internally")).toHaveLength(8);
  });
});
