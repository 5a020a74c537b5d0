import { randomBytes } from "node:crypto";
import type { Presence } from "@pult/api/realtime/presence.ts";
import { describePresence } from "@pult/api/testing/contracts/presence.ts";
import { TestLog } from "@pult/api/testing/test-log.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RedisLink } from "./redis-link.ts";
import { createRedisPresence, PRESENCE_TIMES, type RedisPresence } from "./redis-presence.ts";
import { hasRedisServer, openAdmin, startRedis, type TestRedis, testRedisUrl } from "./test-redis.ts";

interface Node {
  link: RedisLink;
  presence: RedisPresence;
}

const log = new TestLog();

async function openNode(
  url: string,
  prefix: string,
  { pingMs = 100, ...times }: Partial<typeof PRESENCE_TIMES> & { pingMs?: number } = {},
): Promise<Node> {
  const link = new RedisLink({ url, log, prefix, pingMs, patienceMs: 1_000 });
  const presence = createRedisPresence({ link, log, ...PRESENCE_TIMES, ...times });
  await link.tried;
  return { link, presence };
}

async function closeNode({ link, presence }: Node): Promise<void> {
  await presence.close();
  await link.close();
}

const newPrefix = () => `test:${randomBytes(6).toString("hex")}:`;
const seen = (presence: Presence, key: string, online: boolean) =>
  vi.waitFor(() => expect(presence.isOnline(key)).toBe(online), { timeout: 10_000, interval: 5 });

let crossings = 0;
/** What one end says arrives at the other in order, so what was before the last is known there. */
async function crossed(from: Presence, to: Presence): Promise<void> {
  crossings += 1;
  const room = `crossing ${crossings}`;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = to.onChange((key) => key === room && resolve());
  from.put({ room, member: "m", value: 1, ttlMs: 60_000 });
  await promise;
  stop();
  from.remove(room, "m");
}

const url = testRedisUrl();
describe.runIf(url !== null)("on Redis", () => {
  describePresence("Redis", async () => {
    const prefix = newPrefix();
    // A clock that leaps lets no answer to a ping arrive in time, and the link would be cut.
    const open = () => openNode(url ?? "", prefix, { pingMs: 24 * 60 * 60_000 });
    const nodes = [await open(), await open()] as const;
    const [here, there] = [nodes[0].presence, nodes[1].presence];
    const settled = async () => {
      await crossed(here, there);
      await crossed(there, here);
    };
    await settled();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    return {
      here,
      there,
      settled,
      async pass(ms) {
        vi.advanceTimersByTime(ms);
        await settled();
      },
      async [Symbol.asyncDispose]() {
        await Promise.all(nodes.map(closeNode));
        vi.useRealTimers();
      },
    };
  });
});

describe.runIf(hasRedisServer())("createRedisPresence", () => {
  let redis: TestRedis;
  const prefix = newPrefix();
  const times = { refreshMs: 100, ttlMs: 1_500 };
  const nodes: Node[] = [];
  const open = async () => {
    const node = await openNode(redis.url, prefix, times);
    nodes.push(node);
    return node;
  };
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(closeNode));
    await redis[Symbol.asyncDispose]();
    log.assertQuiet();
  });

  it("tells a node that starts what all others said before", async () => {
    const [one, two] = [await open(), await open()];
    one.presence.enter("app:anna");
    two.presence.put({ room: "r", member: "m", value: 1, ttlMs: 60_000 });
    await crossed(one.presence, two.presence);
    const late = await open();
    await seen(late.presence, "app:anna", true);
    await vi.waitFor(() => expect(late.presence.list("r")).toEqual([{ member: "m", value: 1 }]), { timeout: 10_000 });
  });

  it("takes off a node that fell silent without a word, and one that left at once", async () => {
    const [dying, leaving, watching] = [await open(), await open(), await open()];
    dying.presence.enter("app:anna");
    dying.presence.put({ room: "r", member: "m", value: 1, ttlMs: 60_000 });
    leaving.presence.enter("app:boris");
    await Promise.all([seen(watching.presence, "app:anna", true), seen(watching.presence, "app:boris", true)]);
    await leaving.presence.close();
    await seen(watching.presence, "app:boris", false);
    expect(watching.presence.isOnline("app:anna")).toBe(true);
    // Its link is gone, so nothing that it does is heard any more: as good as killed.
    await dying.link.close();
    await seen(watching.presence, "app:anna", false);
    expect([watching.presence.list("r"), watching.presence.online]).toEqual([[], 0]);
    const late = await open();
    await crossed(watching.presence, late.presence);
    expect(late.presence.isOnline("app:anna")).toBe(false);
  });

  it("goes on alone while Redis is away, forgets the others in time, and knows them again when it is back with nothing kept", async () => {
    const [one, two] = [await open(), await open()];
    one.presence.enter("app:anna");
    const leaveBoris = one.presence.enter("app:boris");
    two.presence.enter("app:clara");
    await Promise.all([seen(two.presence, "app:boris", true), seen(one.presence, "app:clara", true)]);
    await redis.kill();
    leaveBoris();
    one.presence.enter("app:dora");
    await Promise.all([seen(two.presence, "app:anna", false), seen(one.presence, "app:clara", false)]);
    expect([one.presence.isOnline("app:anna"), one.presence.online]).toEqual([true, 2]);
    await redis.start();
    await Promise.all([seen(two.presence, "app:dora", true), seen(one.presence, "app:clara", true)]);
    expect([two.presence.isOnline("app:anna"), two.presence.isOnline("app:boris")]).toEqual([true, false]);
  });

  it("reads again what it missed while it was cut off, and what Redis lost", async () => {
    const [one, two] = [await open(), await open()];
    one.presence.enter("app:anna");
    await seen(two.presence, "app:anna", true);
    const admin = await openAdmin(redis.url);
    const cut = vi.waitFor(() => expect(two.link.client).toBeNull(), { timeout: 10_000, interval: 1 });
    await admin.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]);
    await cut;
    one.presence.enter("app:boris");
    await seen(two.presence, "app:boris", true);
    await admin.flushAll();
    const late = await open();
    await Promise.all([seen(late.presence, "app:anna", true), seen(late.presence, "app:boris", true)]);
    admin.destroy();
  });

  it("passes over what cannot be read", async () => {
    const [one, two] = [await open(), await open()];
    for (const text of ["", "{", "null", '{"node":1}', '{"node":"x","seq":1,"at":1,"set":{"k:a":1}}'])
      one.link.send(0, (client) => client.publish(`${prefix}presence`, text));
    const unknown = JSON.stringify({ node: "unknown", seq: 5, at: 1, set: { "k:ghost": "1", "m:[": "{" } });
    one.link.send(0, (client) => client.publish(`${prefix}presence`, unknown));
    await crossed(one.presence, two.presence);
    expect(two.presence.online).toBe(0);
  });
});
