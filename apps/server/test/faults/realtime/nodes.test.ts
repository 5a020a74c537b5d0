import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ChaosProxy, openChaosProxy } from "../../support/chaos-proxy.ts";
import { eventually } from "../../support/mailbox.ts";
import { nodePair } from "../../support/matrix.ts";
import { problemsIn } from "../../support/process-stats.ts";
import { READERS_OF_EACH, startTraffic, type Traffic } from "../../support/traffic.ts";
import { openTwoNodes, readinessOf } from "../../support/two-nodes.ts";
import { useServer } from "../../support/use-server.ts";

/** Long enough for what only a heartbeat can heal, which comes every 25 s. */
const HEALED_MS = 45_000;
const BEFORE_HEARTBEAT_MS = 20_000;

/** Messages while Redis is away: for seconds, and fewer of each conversation than a log replays. */
const WHILE_AWAY = 300;

describe.each(nodePair())("Two nodes during traffic, %s", (_name, runtimes) => {
  const nodes = useServer(() => openTwoNodes({ runtimes }));
  let lines: [ChaosProxy, ChaosProxy];
  let traffic: Traffic;

  let tests = 0;
  beforeEach(async () => {
    tests += 1;
    lines = [await openChaosProxy(nodes.a.port), await openChaosProxy(nodes.b.port)];
    let turn = 0;
    traffic = await startTraffic({
      lines: lines.map((server, at) => ({ server, users: [`test-${tests}-node-${at}`] })),
      // Each conversation is written to on both nodes, whatever node its readers are on.
      postTo: () => (turn++ % 2 === 0 ? nodes.a : nodes.b),
      everyMs: 40,
    });
  });
  afterEach(async () => {
    traffic?.close();
    for (const line of lines ?? []) await line.close();
  });

  async function expectNothingLost(withinMs = HEALED_MS): Promise<void> {
    const report = await traffic.finish(withinMs);
    expect(report).toMatchObject({ lost: 0, repeated: 0, disordered: 0, recoveredFalse: 0, problems: [] });
    expect(report.delivered).toBe(report.sent * READERS_OF_EACH);
    for (const node of [nodes.a, nodes.b]) expect(problemsIn(node.logs()).filter(isUnexpected)).toEqual([]);
  }

  const untilReady = async (status: number, redis: string) => {
    for (const node of [nodes.a, nodes.b])
      await eventually(async () => {
        const ready = await readinessOf(node);
        return ready.status === status && ready.redis === redis;
      });
  };

  test.each([
    ["killed", () => nodes.redis.kill(), () => nodes.redis.start()],
    ["hung", async () => nodes.redis.freeze(), async () => nodes.redis.thaw()],
  ])(
    "Redis %s and back: each node goes on alone and says so, and the rest is made up for",
    async (_how, take, give) => {
      await traffic.more(40);
      await take();
      const began = performance.now();
      await traffic.more(WHILE_AWAY);
      // No message waits for Redis.
      expect(performance.now() - began).toBeLessThan(30_000);
      await untilReady(503, "failed");
      await give();
      await traffic.more(80);
      await expectNothingLost(BEFORE_HEARTBEAT_MS);
      await untilReady(200, "ok");
    },
    120_000,
  );

  test("a node killed with kill -9: its readers move to the other, and back", async () => {
    await traffic.more(40);
    const [line] = lines;
    await nodes.a.kill();
    line.target(nodes.b.port);
    await traffic.more(60);
    await nodes.a.restart();
    line.target(nodes.a.port);
    line.resetAll();
    await traffic.more(60);
    await expectNothingLost();
  });

  test("a rolling restart of both", async () => {
    await traffic.more(40);
    for (const [at, node] of [nodes.a, nodes.b].entries()) {
      const other = at === 0 ? nodes.b : nodes.a;
      lines[at]?.target(other.port);
      node.signal("SIGTERM");
      expect(await node.exited()).toBe(0);
      await node.restart();
      lines[at]?.target(node.port);
      await traffic.more(40);
    }
    await expectNothingLost();
  });
});

/** That Redis is away may be said, even loudly. */
const isUnexpected = (line: string): boolean => !/redis/i.test(line);
