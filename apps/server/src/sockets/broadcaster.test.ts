import { describe, expect, it, vi } from "vitest";
import { fail, LOG, QUEUE_BYTES, settled, useBroadcaster } from "./test-broadcaster.ts";
import { stall } from "./test-sockets.ts";

describe("Broadcaster", () => {
  const world = useBroadcaster();
  const { join, live, leaveAll, logView } = world;

  describe("a log", () => {
    it("begins with the position, then every event in order, world.presented once for all", async () => {
      const all = await Promise.all([live(logView()), live(logView()), live(logView(), "#")]);
      world.logs.append(LOG, "a", "b");
      await all[0].got('[e:2]"b"');
      await all[1].got('[e:2]"b"');
      await all[2].got('#[e:2]"b"');
      expect(all[0].pair.texts.all).toEqual(['[e:0]{"type":"position","recovered":true}', '[e:1]"a"', '[e:2]"b"']);
      expect(world.presented).toBe(2);
      expect(world.counters.deliveries.log).toBe(3 + 2 * 3);
      leaveAll(...all);
    });

    it("keeps kinds of readers apart", async () => {
      const agent = await live(logView({ viewer: "agent", present: () => "all of it" }));
      const customer = await live(logView({ viewer: "customer", present: () => "his part" }));
      world.logs.append(LOG, "x");
      await agent.got('[e:1]"all of it"');
      await customer.got('[e:1]"his part"');
      leaveAll(agent, customer);
    });

    it("resumes with the missed events, then goes on without gap or repeat", async () => {
      world.logs.append(LOG, 1, 2, 3);
      const one = await join(logView(), { lastEventId: "e:1" });
      world.logs.append(LOG, 4);
      await one.got("[e:4]4");
      world.logs.append(LOG, 5);
      await one.got("[e:5]5");
      expect(one.pair.texts.all.map((text) => text.slice(0, 5))).toEqual(["[e:1]", "[e:2]", "[e:3]", "[e:4]", "[e:5]"]);
      expect(world.counters.resumes).toEqual({ yes: 1, no: 0 });
      leaveAll(one);
    });

    it("shows an event to readers that resume as it is then, not as it was before it expired", async () => {
      const until = Date.now() + 60_000;
      const view = logView({ present: () => (Date.now() < until ? "open" : "over"), shownUntil: () => until });
      const before = await live(view);
      world.logs.append(LOG, 1);
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
        world.logs.append(LOG, 1);
        const one = await join(logView(), { lastEventId });
        await one.got('[e:1]{"type":"position","recovered":false,"snapshot":"snapshot"}');
        expect(world.counters.resumes).toEqual({ yes: 0, no: 1 });
        leaveAll(one);
      },
    );

    it("gives a snapshot instead of a backlog that is more than may wait", async () => {
      const big = "x".repeat(QUEUE_BYTES / 8);
      world.logs.append(LOG, ...Array.from({ length: 9 }, () => big));
      const one = await join(logView(), { lastEventId: "e:0" });
      await one.got('[e:9]{"type":"position","recovered":false,"snapshot":"snapshot"}');
      world.logs.append(LOG, "after");
      await one.got('[e:10]"after"');
      expect([one.pair.texts.all.length, one.slow]).toEqual([2, 0]);
      leaveAll(one);
    });

    it("waits with backlogs of many topics until there is room, and loses none", async () => {
      const pair = await world.pairs.open();
      const big = "x".repeat(QUEUE_BYTES / 2);
      const topics = Array.from({ length: 8 }, (_, at) => `t.log:${at}`);
      for (const topic of topics) world.logs.append(topic, big);
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
        world.logs.append(LOG, big);
        await other.pair.texts.first((text) => text.startsWith(`[e:${at}]`));
        expect(slow.writer.queued).toBeLessThanOrEqual(QUEUE_BYTES);
      }
      world.logs.append(LOG, "after");
      await other.pair.texts.first((text) => text.endsWith('"after"'));
      expect([slow.slow, slow.member.left, other.slow]).toEqual([1, true, 0]);
      leaveAll(other);
    });

    it("shows with heartbeats where the log ends", async () => {
      world.logs.append(LOG, 1);
      const one = await live(logView());
      await world.logs.verify();
      await one.got("[e:1]beat");
      leaveAll(one);
    });

    it("begins anew with a snapshot for those inside and those still on their way", async () => {
      world.logs.append(LOG, 1);
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
      await world.logs.restart(LOG);
      held.resolve("old");
      const position = (snapshot: string) => `[ex:0]{"type":"position","recovered":false,"snapshot":"${snapshot}"}`;
      await inside.got(position("snapshot"));
      await coming.got(position("new"));
      world.logs.append(LOG, "on");
      await inside.got('[ex:1]"on"');
      await coming.got('[ex:1]"on"');
      expect(coming.pair.texts.all).toHaveLength(2);
      leaveAll(inside, coming);
    });

    it("ends with an error when it cannot be read, or its snapshot cannot", async () => {
      const error = new Error("away");
      world.logs.failure = error;
      const unread = await join(logView());
      await settled();
      world.logs.failure = null;
      const unseen = await join(logView({ snapshot: () => Promise.reject(error) }), { lastEventId: "gone:1" });
      await settled();
      expect([unread.refused, unseen.refused]).toEqual([[error], [error]]);
      leaveAll();
    });

    it("ends for its readers with an event that cannot be shown, and other kinds of readers get it", async () => {
      const error = new Error("no such message");
      const broken = await live(logView({ viewer: "broken", present: fail(error) }));
      const whole = await live(logView());
      world.logs.append(LOG, "x");
      await whole.got('[e:1]"x"');
      expect([broken.refused, broken.member.left, world.failures]).toEqual([[error], true, [error]]);
      leaveAll(whole);
    });

    it("forgets a reader that leaves while it joins", async () => {
      const one = await join(logView());
      one.member.leave();
      one.member.leave();
      await settled();
      world.logs.append(LOG, "x");
      await settled();
      expect(one.pair.texts.all).toEqual([]);
      leaveAll();
    });
  });

  it("counts a reader once, however it leaves", async () => {
    const one = await live(logView());
    const two = await live(logView());
    expect([world.inside, world.counters.subscriptions.log]).toEqual([2, 2]);
    one.member.leave();
    one.member.leave();
    expect([world.inside, world.counters.subscriptions.log]).toEqual([1, 1]);
    leaveAll(two);
  });
});
