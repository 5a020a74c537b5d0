import type { Bus, LogEntry } from "@pult/api/realtime/bus.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RedisClient } from "../../src/adapters/redis-client.ts";
import { gapOf, openBuses, type TestBuses, type TestNode } from "../../src/adapters/test-buses.ts";
import { hasRedisServer, openAdmin, startRedis, type TestRedis } from "../../src/adapters/test-redis.ts";

const entry = (offset: number): LogEntry => ({ epoch: "e", offset, payload: "x".repeat(100) });
const state = (bus: Bus, wanted: Bus["state"]) =>
  vi.waitFor(() => expect(bus.state).toBe(wanted), { timeout: 20_000, interval: 5 });
/** A gap of everything, as after an outage. */
const healed = (bus: Bus) => gapOf(bus, (topics) => topics === null);

describe.runIf(hasRedisServer())("RedisBus while Redis", () => {
  let redis: TestRedis;
  let buses: TestBuses;
  beforeEach(async () => {
    redis = await startRedis();
    buses = await openBuses(redis.url, { pingMs: 100, patienceMs: 1_000 });
  });
  afterEach(async () => {
    await buses.close();
    await redis[Symbol.asyncDispose]();
    expect(buses.failures()).toEqual([]);
  });

  async function admin<Result>(work: (client: RedisClient) => Promise<Result>): Promise<Result> {
    const client = await openAdmin(redis.url);
    return work(client).finally(() => client.destroy());
  }

  it("is killed and started again: traffic here goes on, then both nodes are told to read on and hear each other", async () => {
    const { here, there, settled } = buses;
    const [heardHere, heardThere]: [number[], number[]] = [[], []];
    here.bus.subscribeLog("a", ({ offset }) => heardHere.push(offset));
    there.bus.subscribeLog("a", ({ offset }) => heardThere.push(offset));
    await settled();
    await redis.kill();
    await Promise.all([state(here.bus, "away"), state(there.bus, "away")]);
    here.bus.publishLog("a", [entry(1)]);
    expect([heardHere, heardThere]).toEqual([[1], []]);
    const told = Promise.all([healed(here.bus), healed(there.bus)]);
    await redis.start();
    await told;
    await Promise.all([state(here.bus, "connected"), state(there.bus, "connected")]);
    await settled();
    here.bus.publishLog("a", [entry(2)]);
    await settled();
    expect([heardHere, heardThere]).toEqual([[1, 2], [2]]);
  });

  /** Cuts one node off; the other notices nothing. */
  async function cutOff({ link, bus }: TestNode): Promise<void> {
    const list = String(await admin((client) => client.sendCommand(["CLIENT", "LIST"])));
    const named = list.matchAll(new RegExp(`^id=(\\d+) .* name=pult-${link.node} `, "gm"));
    const ids = Array.from(named, ([, id]) => id ?? "");
    expect(ids).toHaveLength(2);
    for (const id of ids) await admin((client) => client.sendCommand(["CLIENT", "KILL", "ID", id])).catch(() => {});
    await state(bus, "away");
  }

  it("loses one node only: the other is told to read on as well, because it cannot know what it missed", async () => {
    const { here, there, settled } = buses;
    await settled();
    const told = Promise.all([healed(here.bus), healed(there.bus)]);
    await cutOff(here);
    here.bus.publishLog("a", [entry(1)]);
    await told;
    expect(there.bus.state).toBe("connected");
  });

  it("cuts the pub/sub connections: subscriptions are made again, and a gap is told", async () => {
    const { here, there, settled } = buses;
    const heard: number[] = [];
    there.bus.subscribeLog("a", ({ offset }) => heard.push(offset));
    await settled();
    const told = Promise.all([healed(here.bus), healed(there.bus)]);
    await admin((client) => client.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]));
    await told;
    await settled();
    here.bus.publishLog("a", [entry(1)]);
    await settled();
    expect(heard).toEqual([1]);
  });

  it.each(["is frozen", "sleeps"])("%s: noticed, nothing is queued, and it heals", async (how) => {
    const { here, there, settled } = buses;
    const heard: number[] = [];
    there.bus.subscribeLog("a", ({ offset }) => heard.push(offset));
    await settled();
    const asleep = how === "sleeps" ? admin((client) => client.sendCommand(["DEBUG", "SLEEP", "2"])) : null;
    if (how === "is frozen") redis.freeze();
    await Promise.all([state(here.bus, "away"), state(there.bus, "away")]);
    const before = process.memoryUsage().heapUsed;
    for (let offset = 1; offset <= 100_000; offset += 1) here.bus.publishLog("a", [entry(offset)]);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
    const told = Promise.all([healed(here.bus), healed(there.bus)]);
    redis.thaw();
    await asleep;
    await told;
    await settled();
    here.bus.publishLog("a", [entry(100_001)]);
    await settled();
    expect(heard).toEqual([100_001]);
  });

  it.each([
    ["large messages", 40, 1024 * 1024],
    ["small ones", 100_000, 10],
  ])("leaves %s unanswered: the connection is given up before memory is", async (_what, count, length) => {
    // Longer than the test takes, so that neither is the reason.
    const { here, settled, close } = await openBuses(redis.url, { pingMs: 60_000, patienceMs: 60_000 });
    await settled();
    redis.freeze();
    const one = { epoch: "e", offset: 1, payload: "x".repeat(length) };
    for (let at = 0; at < count; at += 1) here.bus.publishLog("a", [one]);
    await vi.waitFor(() => expect(here.bus.state).toBe("away"), { timeout: 20_000, interval: 1 });
    redis.thaw();
    await state(here.bus, "connected");
    await close();
  });

  it("was away: the newest value of each topic is published when it is back, not the older ones", async () => {
    const { here, there, settled } = buses;
    const heard: unknown[] = [];
    there.bus.subscribeLatest("price", (value) => heard.push(value));
    await settled();
    await cutOff(here);
    for (let value = 1; value <= 1_000; value += 1) here.bus.publishLatest("price", value);
    for (let topic = 0; topic < 999; topic += 1) here.bus.publishLatest(`other ${topic}`, topic);
    expect(heard).toEqual([]);
    await state(here.bus, "connected");
    await settled();
    expect(heard).toEqual([1_000]);
  });

  it("is not there at the start: the node starts without it and finds it later", async () => {
    await redis.kill();
    const late = await openBuses(redis.url, { pingMs: 100, patienceMs: 1_000 });
    expect(late.here.bus.state).toBe("away");
    await redis.start();
    await Promise.all([state(late.here.bus, "connected"), state(late.there.bus, "connected")]);
    await late.settled();
    await late.close();
  });

  it("answers nothing at the start: the node starts within its patience", async () => {
    redis.freeze();
    const began = performance.now();
    const late = await openBuses(redis.url, { pingMs: 100, patienceMs: 1_000 });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(late.here.bus.state).toBe("away");
    redis.thaw();
    await late.close();
  });

  it("holds exactly the subscriptions that have listeners", async () => {
    const { here, there, prefix, settled } = buses;
    const channels = () => admin((client) => client.pubSubChannels(`${prefix}log:wanted*`));
    const leaves = [1, 2, 3].map((one) => there.bus.subscribeLog(`wanted ${one % 2}`, () => {}));
    here.bus.subscribeLog("wanted 1", () => {});
    await settled();
    expect((await channels()).sort()).toEqual([`${prefix}log:wanted 0`, `${prefix}log:wanted 1`]);
    expect(await admin((client) => client.pubSubNumSub(`${prefix}log:wanted 1`))).toEqual({
      [`${prefix}log:wanted 1`]: 2,
    });
    for (const leave of leaves) leave();
    await settled();
    expect(await channels()).toEqual([`${prefix}log:wanted 1`]);
  });

  it("delivers to every listener after cuts during joins and leaves", async () => {
    const { here, there, settled } = buses;
    const cutter = await openAdmin(redis.url);
    const topics = ["a", "b", "c", "d", "e"];
    const heard: string[] = [];
    const leaves = new Map<string, () => void>();
    for (let step = 0; step < 2_000; step += 1) {
      const topic = topics[Math.floor(Math.random() * topics.length)] ?? "a";
      const leave = leaves.get(topic);
      leave?.();
      if (leave) leaves.delete(topic);
      else
        leaves.set(
          topic,
          there.bus.subscribeLog(topic, () => heard.push(topic)),
        );
      if (step % 200 === 199) await cutter.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]);
      if (step % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitFor(() => expect([here, there].every(({ link }) => link.client)).toBe(true), { timeout: 20_000 });
    await settled();
    for (const topic of topics) here.bus.publishLog(topic, [entry(1)]);
    await settled();
    expect(heard).toEqual(topics.filter((topic) => leaves.has(topic)));
    cutter.destroy();
  });

  it("carries what cannot be read: it is passed over", async () => {
    const { here, there, prefix, settled } = buses;
    const heard: number[] = [];
    there.bus.subscribeLog("a", ({ offset }) => heard.push(offset));
    await settled();
    for (const text of ["", "{", "null", "[]", '{"node":1}', '{"node":"x","at":1,"entries":[{"offset":"1"}]}'])
      await admin((client) => client.publish(`${prefix}log:a`, text));
    here.bus.publishLog("a", [entry(1)]);
    await settled();
    expect(heard).toEqual([1]);
  });
});
