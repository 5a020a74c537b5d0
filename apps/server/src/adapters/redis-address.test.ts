import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestLog } from "@pult/api/testing/test-log.ts";
import { describe, expect, it, vi } from "vitest";
import { parseRedisAddress, prefixOf } from "./redis-address.ts";
import { RedisLink } from "./redis-link.ts";
import { locateServer } from "./redis-locate.ts";
import { freePort, hasRedisServer, openAdmin, startRedis } from "./test-redis.ts";

it("reads addresses of one server, a cluster and sentinels", () => {
  expect(prefixOf(parseRedisAddress("rediss://u:p@h:1/3"))).toBe("pult:3:");
  expect(parseRedisAddress("redis://a:1, redis://b:2")).toMatchObject({ urls: ["redis://a:1", "redis://b:2"] });
  expect(prefixOf(parseRedisAddress("redis://a:1,redis://b:2"))).toBe("{pult:0}:");
  expect(parseRedisAddress("rediss+sentinel://u:p@a:1,[::1]:2/main/4?sentinelPassword=s")).toEqual({
    kind: "sentinel",
    sentinels: ["rediss://:s@a:1", "rediss://:s@[::1]:2"],
    name: "main",
    database: 4,
    base: "rediss://u:p@",
  });
  expect(() => parseRedisAddress("redis+sentinel://u:secret@a:1")).toThrow(/^(?!.*secret).*sentinels/);
});

describe.skipIf(!hasRedisServer())("A link to Redis", () => {
  const PATIENCE_MS = 10_000;

  it("goes to the server of a cluster that has the keys, whichever is named", async () => {
    await using named = await startRedis(["--cluster-enabled", "yes"]);
    await using owner = await startRedis(["--cluster-enabled", "yes"]);
    const admin = await openAdmin(owner.url);
    await admin.sendCommand(["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    await admin.sendCommand(["CLUSTER", "MEET", "127.0.0.1", new URL(named.url).port]);
    const link = new RedisLink({ url: `redis://127.0.0.1:1,${named.url}`, log: new TestLog(), pingMs: 50 });
    const key = `${link.prefix}presence:a`;
    await vi.waitFor(async () => expect(await link.client?.hSet(key, { a: "1" })).toBe(1), { timeout: 15_000 });
    expect(await admin.exists(key)).toBe(1);
    await link.close();
    admin.destroy();
  });

  it("goes to the server that the sentinels name", async () => {
    await using redis = await startRedis();
    const { port } = new URL(redis.url);
    const directory = mkdtempSync(join(tmpdir(), "pult-sentinel-"));
    const at = await freePort();
    writeFileSync(join(directory, "c.conf"), `port ${at}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 ${port} 1\n`);
    const sentinel = spawn("redis-server", [join(directory, "c.conf"), "--sentinel"], { stdio: "ignore" });
    try {
      const address = parseRedisAddress(`redis+sentinel://127.0.0.1:1,127.0.0.1:${at}/main/2`);
      await vi.waitFor(
        async () => expect(await locateServer(address, PATIENCE_MS)).toBe(`redis://127.0.0.1:${port}/2`),
        { timeout: 15_000 },
      );
      const unknown = parseRedisAddress(`redis+sentinel://127.0.0.1:${at}/another`);
      await expect(locateServer(unknown, PATIENCE_MS)).rejects.toThrow("no server of this name");
    } finally {
      sentinel.kill("SIGKILL");
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
