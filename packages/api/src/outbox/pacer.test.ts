import { describe, expect, it, vi } from "vitest";
import { type Bucket, Pacer, type Permit, type Priority } from "./pacer.ts";

const BOT: Bucket = { name: "bot:42", limit: { calls: 30, perMs: 1_000 } };
const GROUP: Bucket = { name: "bot:42:chat:-1", limit: { calls: 20, perMs: 60_000 } };
const chat = (id: number): Bucket => ({ name: `bot:42:chat:${id}`, limit: { calls: 3, perMs: 3_000 } });
const FREE: Bucket = { name: "free", limit: null };

function start(maxCalls = 1_000) {
  let ms = Date.parse("2026-03-10T12:00:00Z");
  const pacer = new Pacer({ now: () => new Date(ms), maxCalls });
  const stop = new AbortController();
  const begun: string[] = [];
  const ask = (name: string, buckets: readonly Bucket[], priority: Priority = "normal") => {
    const { permit, raise } = pacer.acquire(buckets, priority, stop.signal);
    const noted = permit.then((given) => {
      if (given) begun.push(name);
      return given;
    });
    return { permit: noted, raise };
  };
  return {
    pacer,
    begun,
    ask,
    at: (plusMs: number) => new Date(ms + plusMs),
    stop: () => stop.abort(),
    /** Moves the clock, and lets what may go begin. */
    async advance(byMs: number) {
      ms += byMs;
      pacer.dispatch();
      await new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
}

describe("Pacer", () => {
  it("leaves no timer behind once nothing waits any more", () => {
    vi.useFakeTimers();
    try {
      const { ask, pacer, at, stop } = start();
      pacer.pause(FREE.name, at(60_000));
      ask("one", [FREE]);
      ask("two", [FREE]);
      expect(vi.getTimerCount()).toBe(1);
      stop();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("lets a bot make 30 calls in any second, whatever chats they go to", async () => {
    const { ask, begun, advance, stop } = start();
    for (let id = 1; id <= 70; id++) ask(`${id}`, [BOT, chat(id)]);
    await advance(0);
    expect(begun).toHaveLength(30);
    await advance(999);
    expect(begun).toHaveLength(30);
    await advance(1);
    expect(begun).toHaveLength(60);
    await advance(1_000);
    expect(begun).toHaveLength(70);
    stop();
  });

  it("lets 20 calls a minute into a group, and others pass it meanwhile", async () => {
    const { ask, begun, advance, stop } = start();
    for (let at = 0; at < 25; at++) ask(`group ${at}`, [BOT, GROUP]);
    await advance(0);
    expect(begun).toHaveLength(20);
    ask("customer", [BOT, chat(7)]);
    await advance(0);
    expect(begun.at(-1)).toBe("customer");
    await advance(59_999);
    expect(begun).toHaveLength(21);
    await advance(1);
    expect(begun).toHaveLength(26);
    stop();
  });

  it("says how many calls may begin now, and none during a pause", async () => {
    const { pacer, ask, advance, at, stop } = start();
    for (let call = 0; call < 3; call++) ask(`group ${call}`, [BOT, GROUP]);
    await advance(0);
    expect([BOT, GROUP, FREE].map((bucket) => pacer.room(bucket))).toEqual([27, 17, null]);
    await advance(1_000);
    expect([BOT, GROUP].map((bucket) => pacer.room(bucket))).toEqual([30, 17]);
    pacer.pause(GROUP.name, at(5_000));
    expect(pacer.room(GROUP)).toBe(0);
    stop();
  });

  it("lets a short burst into a private chat, then one call a second on average", async () => {
    const { ask, begun, advance, stop } = start();
    for (let at = 0; at < 7; at++) ask(`${at}`, [BOT, chat(7)]);
    await advance(0);
    expect(begun).toHaveLength(3);
    await advance(3_000);
    expect(begun).toHaveLength(6);
    stop();
  });

  it("lets replies go before what is normal and bulk, each in the order of arrival", async () => {
    const { pacer, ask, begun, advance, at, stop } = start();
    pacer.pause(BOT.name, at(1_000));
    for (const [name, priority] of [
      ["bulk 1", "bulk"],
      ["normal", "normal"],
      ["bulk 2", "bulk"],
      ["reply 1", "reply"],
      ["reply 2", "reply"],
    ] as const)
      ask(name, [BOT], priority);
    await advance(1_000);
    expect(begun).toEqual(["reply 1", "reply 2", "normal", "bulk 1", "bulk 2"]);
    stop();
  });

  it("lets a raised call go before others", async () => {
    const { pacer, ask, begun, advance, at, stop } = start();
    pacer.pause(BOT.name, at(1_000));
    ask("normal", [BOT]);
    ask("raised", [BOT], "bulk").raise("reply");
    await advance(1_000);
    expect(begun).toEqual(["raised", "normal"]);
    stop();
  });

  it("holds a paused bucket to the millisecond, without a limit too, and nothing else", async () => {
    const { pacer, ask, begun, advance, at, stop } = start();
    pacer.pause(FREE.name, at(7_000));
    ask("paused", [BOT, FREE]);
    ask("other", [BOT, chat(7)]);
    await advance(6_999);
    expect(begun).toEqual(["other"]);
    await advance(1);
    expect(begun).toEqual(["other", "paused"]);
    stop();
  });

  it("lets no more calls be under way than maxCalls, and says whether one waited", async () => {
    const { ask, begun, advance, stop } = start(1);
    const first = (await ask("1", [FREE]).permit) as Permit;
    const second = ask("2", [FREE]).permit;
    await advance(0);
    expect([begun, first.waited]).toEqual([["1"], false]);
    first.release();
    expect((await second)?.waited).toBe(true);
    stop();
  });

  it("keeps a quarter of the calls for what is not sent in bulk", async () => {
    const { ask, begun, advance, stop } = start(4);
    const first = (await ask("bulk 1", [FREE], "bulk").permit) as Permit;
    for (const at of [2, 3, 4]) ask(`bulk ${at}`, [FREE], "bulk");
    ask("reply", [FREE], "reply");
    await advance(0);
    expect(begun).toEqual(["bulk 1", "bulk 2", "bulk 3", "reply"]);
    first.release();
    await advance(0);
    expect(begun.at(-1)).toBe("bulk 4");
    stop();
  });

  it("gives up those that wait when their signal aborts", async () => {
    const { pacer, ask, at, stop } = start();
    pacer.pause(BOT.name, at(1_000));
    const waiting = ask("1", [BOT]).permit;
    stop();
    expect(await waiting).toBeNull();
    expect(await ask("2", [BOT]).permit).toBeNull();
  });

  it("goes on by itself when a bucket opens", async () => {
    const pacer = new Pacer({ now: () => new Date(), maxCalls: 10 });
    const bucket: Bucket = { name: "b", limit: { calls: 1, perMs: 30 } };
    const stop = new AbortController();
    const begun = performance.now();
    await pacer.acquire([bucket], "reply", stop.signal).permit;
    await pacer.acquire([bucket], "reply", stop.signal).permit;
    expect(performance.now() - begun).toBeGreaterThanOrEqual(28);
  });
});
