import { randomBytes } from "node:crypto";
import type { Actor } from "@pult/api/actor.ts";
import { TestLog } from "@pult/api/testing/test-log.ts";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { RedisLink } from "./adapters/redis-link.ts";
import { hasRedisServer, startRedis, type TestRedis } from "./adapters/test-redis.ts";
import { parseEnv } from "./env.ts";
import { createRateLimits, type RateLimits } from "./rate-limits.ts";

const env = parseEnv({ LIMIT_USER_PER_MINUTE: "10", LIMIT_IP_PER_MINUTE: "0", LIMIT_SIGN_IN_PER_15_MIN: "3" });
const anna: Actor = { kind: "customer", namespace: "app", externalId: "anna", name: null } as Actor;

/** How many of so many calls, evenly over the nodes, are let through. */
async function admitted(nodes: RateLimits[], calls: number): Promise<number> {
  let count = 0;
  for (let call = 0; call < calls; call += 1) {
    const limits = nodes[call % nodes.length];
    const refusal = await limits?.count({ actor: anna, ip: "", scope: "http" }).catch((error: unknown) => error);
    if (refusal === undefined) count += 1;
    else expect(refusal).toMatchObject({ code: "RATE_LIMITED" });
  }
  return count;
}

it("createRateLimits counts a single node's calls in memory", async () => {
  const limits = createRateLimits(env);
  expect(await admitted([limits], 15)).toBe(10);
  for (let attempt = 0; attempt < 3; attempt += 1) await limits.countSignIn("::1", "A@example.com");
  await expect(limits.countSignIn("::2", "a@EXAMPLE.com")).rejects.toMatchObject({ code: "RATE_LIMITED" });
  const many = { actor: anna, ip: "", scope: "socket", calls: 11 } as const;
  await expect(limits.count(many)).rejects.toMatchObject({ code: "RATE_LIMITED" });
  for (const _ of ["new", "known"]) await limits.isNewGuesser("::1");
  expect(limits.refused).toBe(7);
});

it("createRateLimits lets a user make so many calls in any minute, not in each", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const limits = createRateLimits(env);
  const counts = [await admitted([limits], 6)];
  for (const ms of [40_000, 20_001]) {
    vi.setSystemTime(Date.now() + ms);
    counts.push(await admitted([limits], 12));
  }
  expect(counts).toEqual([6, 4, 6]);
});

describe("createRateLimits", () => {
  const refused = { code: "RATE_LIMITED" };
  const keyOf = (keyId: string, limitPerMinute?: number): Actor =>
    ({ kind: "apiKey", keyId, name: "Key", scopes: [], ...(limitPerMinute ? { limitPerMinute } : {}) }) as Actor;

  it("counts a caller whose address was counted already by the user alone", async () => {
    const limits = createRateLimits(parseEnv({ LIMIT_IP_PER_MINUTE: "1", LIMIT_USER_PER_MINUTE: "2" }));
    const call = (ip: string | null) => limits.count({ actor: anna, ip, scope: "support" });
    for (let n = 0; n < 2; n += 1) await call(null);
    await expect(call(null)).rejects.toMatchObject(refused);
    await expect(limits.count({ actor: { kind: "anonymous" }, ip: "a", scope: "support" })).resolves.toBeUndefined();
  });

  it("holds a key to the limit of its own, whatever the installation's is, and no other key", async () => {
    for (const general of ["0", "1000"]) {
      const limits = createRateLimits(parseEnv({ LIMIT_KEY_PER_MINUTE: general }));
      const call = (actor: Actor) => limits.count({ actor, ip: "", scope: "http" });
      for (let n = 0; n < 3; n += 1) await call(keyOf("a", 3));
      await expect(call(keyOf("a", 3))).rejects.toMatchObject(refused);
      await call(keyOf("b", 3));
      await call(keyOf("c"));
    }
    const strict = createRateLimits(parseEnv({ LIMIT_KEY_PER_MINUTE: "1" }));
    await strict.count({ actor: keyOf("a", 3), ip: "", scope: "http" });
    await expect(strict.count({ actor: keyOf("a", 3), ip: "", scope: "http" })).rejects.toMatchObject(refused);
  });

  it("counts a wrong token as four calls of its address, and looks at no more once they are too many", async () => {
    const limits = createRateLimits(parseEnv({ LIMIT_IP_PER_MINUTE: "9" }));
    await limits.countGuess("a");
    await limits.countGuess("a");
    limits.refuseGuesser("a");
    await limits.count({ actor: { kind: "anonymous" }, ip: "a", scope: "http" });
    await expect(limits.countGuess("a")).rejects.toMatchObject(refused);
    expect(() => limits.refuseGuesser("a")).toThrow(/try again in ([1-9]|[1-5]\d|60) s/);
    limits.refuseGuesser("b");
    await limits.countGuess("b");
    expect(limits.refused).toBe(2);
  });

  it("counts an IPv6 subscriber by network, so that changing the address does not help guessing", async () => {
    const limits = createRateLimits(parseEnv({ LIMIT_IP_PER_MINUTE: "8" }));
    await limits.countGuess("2001:db8:1:2::1");
    await limits.countGuess("2001:db8:1:2::2");
    await expect(limits.countGuess("2001:db8:1:2:ffff::3")).rejects.toMatchObject(refused);
    expect(() => limits.refuseGuesser("2001:db8:1:2::4")).toThrow("try again");
    limits.refuseGuesser("2001:db8:1:3::1");
  });

  it("is lifted for guesses too by LIMIT_IP_PER_MINUTE=0", async () => {
    const limits = createRateLimits(env);
    for (let n = 0; n < 100; n += 1) await limits.countGuess("a");
    limits.refuseGuesser("a");
  });

  it("reports an address as a new guesser once an hour", async () => {
    const limits = createRateLimits(env);
    const asked = [await limits.isNewGuesser("a"), await limits.isNewGuesser("a"), await limits.isNewGuesser("b")];
    expect(asked).toEqual([true, false, true]);
  });
});

describe.runIf(hasRedisServer())("createRateLimits on Redis", () => {
  let redis: TestRedis;
  let links: RedisLink[];
  let nodes: RateLimits[];
  beforeEach(async () => {
    redis = await startRedis();
    const prefix = `test:${randomBytes(6).toString("hex")}:`;
    // So patient that what is seen of a Redis that hangs is the limits' own doing.
    links = [1, 2].map(
      () => new RedisLink({ url: redis.url, log: new TestLog(), prefix, pingMs: 100, patienceMs: 30_000 }),
    );
    await Promise.all(links.map((link) => link.tried));
    nodes = links.map((link) => createRateLimits(env, link));
  });
  afterEach(async () => {
    await Promise.all(links.map((link) => link.close()));
    await redis[Symbol.asyncDispose]();
  });

  it("counts over all nodes, each limit and user apart, and says when to come back", async () => {
    expect(await admitted(nodes, 20)).toBe(10);
    const boris = { ...anna, externalId: "boris" } as Actor;
    await nodes[0]?.count({ actor: boris, ip: "", scope: "http" });
    await nodes[0]?.count({ actor: anna, ip: "", scope: "socket" });
    const refused = nodes[1]?.count({ actor: anna, ip: "", scope: "http" });
    await expect(refused).rejects.toThrow(/try again in ([1-9]|[1-5]\d|60) s/);
    for (const limits of [...nodes, ...nodes].slice(0, 3)) await limits.countSignIn("::1", "a@example.com");
    await expect(nodes[1]?.countSignIn("::1", "b@example.com")).rejects.toMatchObject({ code: "RATE_LIMITED" });
  });

  it("lets a user make so many calls in any minute on all nodes together", async () => {
    expect(await admitted(nodes, 10)).toBe(10);
    const client = links[0]?.client;
    const [key = ""] = (await client?.keys("test:*user:http:app:anna")) ?? [];
    const [first, ...others] = (await client?.zRange(key, 0, -1)) ?? [];
    for (const member of [first, ...others.slice(0, 3)]) await client?.zIncrBy(key, -60_001, member ?? "");
    expect(await admitted(nodes, 12)).toBe(4);
  });

  it("counts wrong tokens over all nodes, and tells of an address once an hour on all of them", async () => {
    const [a, b] = links.map((link) => createRateLimits(parseEnv({ LIMIT_IP_PER_MINUTE: "8" }), link));
    if (!a || !b) throw new Error("Two nodes");
    await a.countGuess("::1");
    await b.countGuess("::1");
    await expect(a.countGuess("::1")).rejects.toMatchObject({ code: "RATE_LIMITED" });
    await expect(b.countGuess("::1")).rejects.toMatchObject({ code: "RATE_LIMITED" });
    for (const limits of [a, b]) expect(() => limits.refuseGuesser("::1")).toThrow("try again");
    expect([await a.isNewGuesser("::1"), await b.isNewGuesser("::1")]).toEqual([true, false]);
  });

  it("is neither open nor shut while Redis is away: each node counts for itself, and together again afterwards", async () => {
    await redis.kill();
    await vi.waitFor(() => expect(links.map((link) => link.client)).toEqual([null, null]), {
      timeout: 10_000,
      interval: 5,
    });
    expect(await admitted(nodes, 40)).toBe(20);
    await redis.start();
    await vi.waitFor(() => expect(links.every((link) => link.client)).toBe(true), { timeout: 10_000, interval: 5 });
    expect(await admitted(nodes, 20)).toBe(10);
  });

  it("does not wait for a Redis that hangs", async () => {
    redis.freeze();
    const began = performance.now();
    await Promise.all(nodes.map((limits) => limits.count({ actor: anna, ip: "", scope: "http" })));
    expect(performance.now() - began).toBeLessThan(2_000);
    redis.thaw();
  });
});
