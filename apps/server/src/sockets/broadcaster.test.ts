import { Attachment, type LatestView, type LogView } from "@pult/api/realtime/view.ts";
import { TestBus } from "@pult/api/testing/test-bus.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { RealtimeCounters } from "../metrics/realtime-stats.ts";
import { Broadcaster } from "./broadcaster.ts";
import type { Envelope, Member } from "./channel.ts";
import { frameOf } from "./frame.ts";
import { streamOf } from "./internals.ts";
import { SocketWriter, WriteTick } from "./socket-writer.ts";
import { MemoryLogs, openLog, openPairs, type Pair, stall } from "./test-sockets.ts";

const LOG = "t.log:1";
const LATEST = "t.latest:1";

const QUEUE_BYTES = 1024 * 1024;

const ENVELOPE: Envelope = {
  name: "test",
  tracked: (id, json) => `[${id}]${json}`,
  heartbeat: (id) => `[${id}]beat`,
  value: (json) => json,
};

/** One reader of one topic over a socket of his own. */
interface Joined {
  pair: Pair;
  member: Member;
  writer: SocketWriter;
  refused: unknown[];
  slow: number;
  /** Resolves once this text has come. */
  got(text: string): Promise<string>;
}

describe("Broadcaster", () => {
  let pairs: Awaited<ReturnType<typeof openPairs>>;
  let bus: TestBus;
  let logs: MemoryLogs;
  let counters: RealtimeCounters;
  let broadcaster: Broadcaster;
  let tick: WriteTick;
  let failures: unknown[];
  let inside: number;
  let presented: number;
  /** A socket has one writer. */
  const writers = new WeakMap<Pair, SocketWriter>();

  beforeAll(async () => {
    pairs = await openPairs();
  });
  afterAll(() => pairs.close());
  beforeEach(() => {
    bus = new TestBus();
    logs = new MemoryLogs(bus);
    counters = new RealtimeCounters();
    failures = [];
    inside = 0;
    presented = 0;
    const failed = (error: unknown) => failures.push(error);
    tick = new WriteTick((ms) => counters.lag.observe(ms), failed);
    broadcaster = new Broadcaster({ bus, feeds: logs, tick, counters, failed });
  });
  afterEach(() => {
    expect(bus.failures).toEqual([]);
  });

  const entered = () => {
    inside += 1;
    return () => {
      inside -= 1;
    };
  };
  const present = (payload: unknown) => {
    presented += 1;
    return payload;
  };
  const logView = (over: Partial<LogView<unknown, unknown>> = {}) =>
    openLog(LOG, { entered, present, snapshot: async () => "snapshot", ...over });
  const latestView = (over: Partial<LatestView<unknown>> = {}): LatestView<unknown> => ({
    kind: "latest",
    topic: LATEST,
    mayRead: () => true,
    reader: null,
    entered,
    ...over,
  });

  async function join(
    view: LogView<unknown, unknown> | LatestView<unknown>,
    {
      lastEventId = null,
      head = "",
      pair = null,
    }: { lastEventId?: string | null; head?: string; pair?: Pair | null } = {},
  ): Promise<Joined> {
    const on = pair ?? (await pairs.open());
    const writer = writers.get(on) ?? new SocketWriter(on.server, { tick, queueBytes: QUEUE_BYTES });
    writers.set(on, writer);
    const joined = {
      pair: on,
      writer,
      refused: [] as unknown[],
      slow: 0,
      got: (text: string) => on.texts.first((one) => one === text),
    };
    const reader = {
      writer,
      envelope: ENVELOPE,
      head: Buffer.from(head),
      tooSlow() {
        joined.slow += 1;
        result.member.leave();
      },
      begun: () => {},
      refuse: (error: unknown) => joined.refused.push(error),
    };
    const result: Joined = Object.assign(joined, {
      member: broadcaster.attach(reader, new Attachment(view, lastEventId)),
    });
    return result;
  }

  /** Joined, and standing in the live stream. */
  async function live(view: LogView<unknown, unknown>, head = ""): Promise<Joined> {
    const joined = await join(view, { head });
    await joined.pair.texts.first(() => true);
    return joined;
  }

  const leaveAll = (...all: Joined[]) => {
    for (const { member } of all) member.leave();
    expect([broadcaster.topics, logs.opened, inside, counters.subscriptions]).toEqual([0, 0, 0, { log: 0, latest: 0 }]);
  };

  describe("a log", () => {
    it("begins with the position, then every event in order, presented once for all", async () => {
      const all = await Promise.all([live(logView()), live(logView()), live(logView(), "#")]);
      logs.append(LOG, "a", "b");
      await all[0].got('[e:2]"b"');
      await all[1].got('[e:2]"b"');
      await all[2].got('#[e:2]"b"');
      expect(all[0].pair.texts.all).toEqual(['[e:0]{"type":"position","recovered":true}', '[e:1]"a"', '[e:2]"b"']);
      expect(presented).toBe(2);
      expect(counters.deliveries.log).toBe(3 + 2 * 3);
      leaveAll(...all);
    });

    it("keeps kinds of readers apart", async () => {
      const agent = await live(logView({ viewer: "agent", present: () => "all of it" }));
      const customer = await live(logView({ viewer: "customer", present: () => "his part" }));
      logs.append(LOG, "x");
      await agent.got('[e:1]"all of it"');
      await customer.got('[e:1]"his part"');
      leaveAll(agent, customer);
    });

    it("resumes with the missed events, then goes on without gap or repeat", async () => {
      logs.append(LOG, 1, 2, 3);
      const one = await join(logView(), { lastEventId: "e:1" });
      logs.append(LOG, 4);
      await one.got("[e:4]4");
      logs.append(LOG, 5);
      await one.got("[e:5]5");
      expect(one.pair.texts.all.map((text) => text.slice(0, 5))).toEqual(["[e:1]", "[e:2]", "[e:3]", "[e:4]", "[e:5]"]);
      expect(counters.resumes).toEqual({ yes: 1, no: 0 });
      leaveAll(one);
    });

    it("shows an event to readers that resume as it is then, not as it was before it expired", async () => {
      const until = Date.now() + 60_000;
      const view = logView({ present: () => (Date.now() < until ? "open" : "over"), shownUntil: () => until });
      const before = await live(view);
      logs.append(LOG, 1);
      await before.got('[e:1]"open"');
      const clock = vi.spyOn(Date, "now").mockReturnValue(until);
      const after = await join(view, { lastEventId: "e:0" });
      await after.got('[e:1]"over"');
      clock.mockRestore();
      leaveAll(before, after);
    });

    it.each(["other:3", "e:99", "rubbish", ""])(
      "gives a snapshot to a reader that asks for %j",
      async (lastEventId) => {
        logs.append(LOG, 1);
        const one = await join(logView(), { lastEventId });
        await one.got('[e:1]{"type":"position","recovered":false,"snapshot":"snapshot"}');
        expect(counters.resumes).toEqual({ yes: 0, no: 1 });
        leaveAll(one);
      },
    );

    it("gives a snapshot instead of a backlog that is more than may wait", async () => {
      const big = "x".repeat(QUEUE_BYTES / 8);
      logs.append(LOG, ...Array.from({ length: 9 }, () => big));
      const one = await join(logView(), { lastEventId: "e:0" });
      await one.got('[e:9]{"type":"position","recovered":false,"snapshot":"snapshot"}');
      logs.append(LOG, "after");
      await one.got('[e:10]"after"');
      expect([one.pair.texts.all.length, one.slow]).toEqual([2, 0]);
      leaveAll(one);
    });

    it("waits with backlogs of many topics until there is room, and loses none", async () => {
      const pair = await pairs.open();
      const big = "x".repeat(QUEUE_BYTES / 2);
      const topics = Array.from({ length: 8 }, (_, at) => `t.log:${at}`);
      for (const topic of topics) logs.append(topic, big);
      const all = await Promise.all(
        topics.map((topic) => join(logView({ topic }), { lastEventId: "e:0", head: topic, pair })),
      );
      for (const topic of topics) await pair.texts.first((text) => text.startsWith(`${topic}[e:1]`));
      expect(all.map(({ slow }) => slow)).toEqual(topics.map(() => 0));
      leaveAll(...all);
    });

    it("closes a reader whose queue is full; the others get everything", async () => {
      const [slow, other] = [await live(logView()), await live(logView())];
      stall(slow.pair);
      const big = "x".repeat(100_000);
      for (let at = 1; slow.slow === 0; at++) {
        logs.append(LOG, big);
        await other.pair.texts.first((text) => text.startsWith(`[e:${at}]`));
        expect(slow.writer.queued).toBeLessThanOrEqual(QUEUE_BYTES);
      }
      logs.append(LOG, "after");
      await other.pair.texts.first((text) => text.endsWith('"after"'));
      expect([slow.slow, slow.member.left, other.slow]).toEqual([1, true, 0]);
      leaveAll(other);
    });

    it("shows with heartbeats where the log ends", async () => {
      logs.append(LOG, 1);
      const one = await live(logView());
      await logs.verify();
      await one.got("[e:1]beat");
      leaveAll(one);
    });

    it("begins anew with a snapshot for those inside and those still on their way", async () => {
      logs.append(LOG, 1);
      const inside = await live(logView());
      const held = Promise.withResolvers<unknown>();
      let snapshots = 0;
      const coming = await join(
        logView({
          snapshot() {
            snapshots += 1;
            return snapshots === 1 ? held.promise : Promise.resolve("new");
          },
        }),
        { lastEventId: "gone:1" },
      );
      await logs.restart(LOG);
      held.resolve("old");
      const position = (snapshot: string) => `[ex:0]{"type":"position","recovered":false,"snapshot":"${snapshot}"}`;
      await inside.got(position("snapshot"));
      await coming.got(position("new"));
      logs.append(LOG, "on");
      await inside.got('[ex:1]"on"');
      await coming.got('[ex:1]"on"');
      expect(coming.pair.texts.all).toHaveLength(2);
      leaveAll(inside, coming);
    });

    it("ends with an error when it cannot be read, or its snapshot cannot", async () => {
      const error = new Error("away");
      logs.failure = error;
      const unread = await join(logView());
      await settled();
      logs.failure = null;
      const unseen = await join(logView({ snapshot: () => Promise.reject(error) }), { lastEventId: "gone:1" });
      await settled();
      expect([unread.refused, unseen.refused]).toEqual([[error], [error]]);
      leaveAll();
    });

    it("ends for its readers with an event that cannot be shown, and other kinds of readers get it", async () => {
      const error = new Error("no such message");
      const broken = await live(logView({ viewer: "broken", present: fail(error) }));
      const whole = await live(logView());
      logs.append(LOG, "x");
      await whole.got('[e:1]"x"');
      expect([broken.refused, broken.member.left, failures]).toEqual([[error], true, [error]]);
      leaveAll(whole);
    });

    it("forgets a reader that leaves while it joins", async () => {
      const one = await join(logView());
      one.member.leave();
      one.member.leave();
      await settled();
      logs.append(LOG, "x");
      await settled();
      expect(one.pair.texts.all).toEqual([]);
      leaveAll();
    });
  });

  describe("a latest-value topic", () => {
    it("begins with the newest value, then gives every value to sockets that drain", async () => {
      const one = await join(latestView({ newest: () => "now" }));
      await one.got('"now"');
      bus.publishLatest(LATEST, "next");
      await one.got('"next"');
      expect(counters.deliveries.latest).toBe(2);
      leaveAll(one);
    });

    it("reads the present value after joining, and leaves it out when a newer one came meanwhile", async () => {
      const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
      const one = await join(latestView({ read: () => first.promise }));
      const two = await join(latestView({ read: () => second.promise }));
      first.resolve("now");
      await one.got('"now"');
      bus.publishLatest(LATEST, "next");
      second.resolve("old");
      await Promise.all([one.got('"next"'), two.got('"next"')]);
      await settled();
      expect([one.pair.texts.all, two.pair.texts.all]).toEqual([['"now"', '"next"'], ['"next"']]);
      leaveAll(one, two);
    });

    it("passes over a socket that drains, which gets the newest value after, and no other", async () => {
      const [slow, other] = [await join(latestView()), await join(latestView())];
      stall(slow.pair);
      const queued = slow.writer.queued;
      for (const value of [1, 2, 3]) {
        bus.publishLatest(LATEST, value);
        await other.got(String(value));
      }
      expect([slow.writer.queued, counters.skipped]).toEqual([queued, 2]);
      slow.pair.client.resume();
      await slow.got("3");
      expect(slow.pair.texts.all).toEqual(["3"]);
      bus.publishLatest(LATEST, 4);
      await slow.got("4");
      leaveAll(slow, other);
    });

    it("gives each skipped reader the newest value that is meant for it", async () => {
      const meant = { notFor: (value: unknown) => (value as { of: string }).of };
      const anna = await join(latestView({ reader: "anna", ...meant }));
      const ben = await join(latestView({ reader: "ben", ...meant }));
      stall(anna.pair);
      bus.publishLatest(LATEST, { of: "ben" });
      bus.publishLatest(LATEST, { of: "anna" });
      anna.pair.client.resume();
      await anna.got('{"of":"ben"}');
      await ben.got('{"of":"anna"}');
      expect([anna.pair.texts.all.length, ben.pair.texts.all.length]).toEqual([1, 1]);
      leaveAll(anna, ben);
    });

    it("gives a reader what was published before it left, also in the same turn", async () => {
      const one = await join(latestView());
      bus.publishLatest(LATEST, "last");
      leaveAll(one);
      one.writer.flush();
      await one.got('"last"');
      expect(one.pair.texts.all).toEqual(['"last"']);
    });

    it("gives nothing to a reader that has left", async () => {
      const one = await join(latestView());
      stall(one.pair);
      bus.publishLatest(LATEST, 1);
      const drained = one.writer.waitForRoom();
      leaveAll(one);
      one.pair.client.resume();
      await drained;
      await settled();
      expect(one.pair.texts.all).toEqual([]);
    });

    it("leaves no member behind when the newest value cannot be read", async () => {
      await expect(join(latestView({ newest: fail(new Error("unknown")) }))).rejects.toThrow("unknown");
      await expect(join(latestView({ entered: fail(new Error("no presence")) }))).rejects.toThrow("no presence");
      expect(bus.listening).toBe(0);
      leaveAll();
    });
  });

  it("writes frames of several topics for one socket in one turn at once", async () => {
    const pair = await pairs.open();
    const topics = ["a", "b", "c"].map((key) => latestView({ topic: `t.latest:${key}` }));
    const all = await Promise.all(topics.map((view) => join(view, { head: view.topic, pair })));
    const write = vi.spyOn(streamOf(pair.server), "write");
    for (const { topic } of topics) bus.publishLatest(topic, 1);
    await pair.texts.until((texts) => texts.length === 3 || undefined);
    expect(pair.texts.all).toEqual(topics.map(({ topic }) => `${topic}1`));
    expect(write).toHaveBeenCalledOnce();
    all[0]?.writer.push(frameOf("own"));
    bus.publishLatest("t.latest:a", 2);
    bus.publishLatest("t.latest:a", 3);
    await pair.texts.until((texts) => texts.length === 6 || undefined);
    expect(pair.texts.all.slice(3)).toEqual(["own", "t.latest:a2", "t.latest:a3"]);
    expect(write).toHaveBeenCalledTimes(2);
    leaveAll(...all);
  });

  it("counts a reader once, however it leaves", async () => {
    const one = await live(logView());
    const two = await live(logView());
    expect([inside, counters.subscriptions.log]).toEqual([2, 2]);
    one.member.leave();
    one.member.leave();
    expect([inside, counters.subscriptions.log]).toEqual([1, 1]);
    leaveAll(two);
  });
});

const fail = (error: Error) => (): never => {
  throw error;
};

/** What was begun in this turn and waits for nothing outside has happened. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
};
