import { describe, expect, it, vi } from "vitest";
import { frameOf } from "./frame.ts";
import { streamOf } from "./internals.ts";
import { fail, LATEST, settled, useBroadcaster } from "./test-broadcaster.ts";
import { stall } from "./test-sockets.ts";

describe("Broadcaster of latest values", () => {
  const world = useBroadcaster();
  const { join, leaveAll, latestView } = world;

  describe("a latest-value topic", () => {
    it("begins with the newest value, then gives every value to sockets that drain", async () => {
      const one = await join(latestView({ newest: () => "now" }));
      await one.got('"now"');
      world.bus.publishLatest(LATEST, "next");
      await one.got('"next"');
      expect(world.counters.deliveries.latest).toBe(2);
      leaveAll(one);
    });

    it("reads the present value after joining, and leaves it out when a newer one came meanwhile", async () => {
      const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
      const one = await join(latestView({ read: () => first.promise }));
      const two = await join(latestView({ read: () => second.promise }));
      first.resolve("now");
      await one.got('"now"');
      world.bus.publishLatest(LATEST, "next");
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
        world.bus.publishLatest(LATEST, value);
        await other.got(String(value));
      }
      expect([slow.writer.queued, world.counters.skipped]).toEqual([queued, 2]);
      slow.pair.client.resume();
      await slow.got("3");
      expect(slow.pair.texts.all).toEqual(["3"]);
      world.bus.publishLatest(LATEST, 4);
      await slow.got("4");
      leaveAll(slow, other);
    });

    it("keeps the newest value of each subject for a socket that drains", async () => {
      const slow = await join(latestView({ subjectOf: (value) => (value as { of: string }).of }));
      stall(slow.pair);
      for (const [of, at] of Object.entries(["a", "b", "a", "c"]).map(([at, of]) => [of, at]))
        world.bus.publishLatest(LATEST, { of, at });
      slow.pair.client.resume();
      await slow.got('{"of":"c","at":"3"}');
      expect(slow.pair.texts.all).toEqual(['{"of":"b","at":"1"}', '{"of":"a","at":"2"}', '{"of":"c","at":"3"}']);
      leaveAll(slow);
    });

    it("gives each skipped reader the newest value that is meant for it", async () => {
      const meant = { notFor: (value: unknown) => (value as { of: string }).of };
      const anna = await join(latestView({ reader: "anna", ...meant }));
      const ben = await join(latestView({ reader: "ben", ...meant }));
      stall(anna.pair);
      world.bus.publishLatest(LATEST, { of: "ben" });
      world.bus.publishLatest(LATEST, { of: "anna" });
      anna.pair.client.resume();
      await anna.got('{"of":"ben"}');
      await ben.got('{"of":"anna"}');
      expect([anna.pair.texts.all.length, ben.pair.texts.all.length]).toEqual([1, 1]);
      leaveAll(anna, ben);
    });

    it("gives a reader what was published before it left, also in the same turn", async () => {
      const one = await join(latestView());
      world.bus.publishLatest(LATEST, "last");
      leaveAll(one);
      one.writer.flush();
      await one.got('"last"');
      expect(one.pair.texts.all).toEqual(['"last"']);
    });

    it("gives nothing to a reader that has left", async () => {
      const one = await join(latestView());
      stall(one.pair);
      world.bus.publishLatest(LATEST, 1);
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
      expect(world.bus.listening).toBe(0);
      leaveAll();
    });
  });

  it("writes frames of several topics for one socket in one turn at once", async () => {
    const pair = await world.pairs.open();
    const topics = ["a", "b", "c"].map((key) => latestView({ topic: `t.latest:${key}` }));
    const all = await Promise.all(topics.map((view) => join(view, { head: view.topic, pair })));
    const write = vi.spyOn(streamOf(pair.server), "write");
    for (const { topic } of topics) world.bus.publishLatest(topic, 1);
    await pair.texts.until((texts) => texts.length === 3 || undefined);
    expect(pair.texts.all).toEqual(topics.map(({ topic }) => `${topic}1`));
    expect(write).toHaveBeenCalledOnce();
    all[0]?.writer.push(frameOf("own"));
    world.bus.publishLatest("t.latest:a", 2);
    world.bus.publishLatest("t.latest:a", 3);
    await pair.texts.until((texts) => texts.length === 6 || undefined);
    expect(pair.texts.all.slice(3)).toEqual(["own", "t.latest:a2", "t.latest:a3"]);
    expect(write).toHaveBeenCalledTimes(2);
    leaveAll(...all);
  });
});
