import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { writeLog } from "../testing/logs.ts";
import { describeOnBothDatabases, type TestWorld } from "../testing/test-deps.ts";
import {
  appendToLogs,
  CUT_OFFSET,
  cutLogs,
  type NewEntry,
  publishAppended,
  readAfter,
  readHead,
  trimLogs,
} from "./log.ts";

const append = (world: TestWorld, entries: NewEntry[]) =>
  world.database.db.transaction((tx) => appendToLogs(tx, entries));

const offsetsOf = async (world: TestWorld, topic: string) => {
  const rows = await world.query<{ offset: number | string }>(
    sql`select "offset" from topic_events where topic = ${topic} order by "offset"`,
  );
  return rows.map((row) => Number(row.offset));
};

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

describeOnBothDatabases("realtime log", (world) => {
  describe("cutLogs", () => cuttingSuite(world));

  describe("appendToLogs", () => {
    it("numbers every topic from 1, in the order given, and answers what it stored", async () => {
      const appended = await append(world, [
        { topic: "b", payload: { n: 1 } },
        { topic: "a", payload: { n: 2 } },
        { topic: "b", payload: { n: 3 } },
      ]);
      expect(
        [...appended].map(([topic, list]) => [topic, list.map(({ offset, payload }) => [offset, payload])]),
      ).toEqual([
        ["a", [[1, { n: 2 }]]],
        [
          "b",
          [
            [1, { n: 1 }],
            [2, { n: 3 }],
          ],
        ],
      ]);
      publishAppended(world.deps.bus, appended);
      expect(world.deps.bus.published.map(({ topic, entry }) => `${topic} ${entry.offset}`)).toEqual([
        "a 1",
        "b 1",
        "b 2",
      ]);
    });

    it("leaves no gap under 20 transactions at once that meet in several topics", async () => {
      await Promise.all(
        Array.from({ length: 20 }, (_, at) => {
          const topics = at % 2 === 0 ? ["x", "y", "x"] : ["y", "x"];
          const entries = topics.map((topic) => ({ topic, payload: at }));
          return append(world, entries);
        }),
      );
      expect(await offsetsOf(world, "x")).toEqual(upTo(30));
      expect(await offsetsOf(world, "y")).toEqual(upTo(20));
      expect((await readHead(world.database.db, "x")).offset).toBe(30);
    });

    it("leaves no gap where a transaction was rolled back", async () => {
      await writeLog(world, "t:1", [1]);
      const rolledBack = world.database.db.transaction(async (tx) => {
        await appendToLogs(tx, [{ topic: "t:1", payload: 2 }]);
        throw new Error("changed my mind");
      });
      await expect(rolledBack).rejects.toThrow("changed my mind");
      await writeLog(world, "t:1", [3]);
      expect(await offsetsOf(world, "t:1")).toEqual([1, 2]);
    });

    it("keeps the epoch of a topic, and gives every topic its own", async () => {
      await writeLog(world, "t:1", [1]);
      const { epoch } = await readHead(world.database.db, "t:1");
      const appended = await append(world, [{ topic: "t:1", payload: 2 }]);
      expect(appended.get("t:1")?.[0]?.epoch).toBe(epoch);
      expect((await readHead(world.database.db, "u")).epoch).not.toBe(epoch);
    });

    it("does nothing for nothing", async () => {
      expect((await append(world, [])).size).toBe(0);
    });
  });

  describe("readHead", () => {
    it("gives an unwritten topic an epoch that stays after the first write", async () => {
      const before = await readHead(world.database.db, "t:1");
      expect(before.offset).toBe(0);
      expect(await readHead(world.database.db, "t:1")).toEqual(before);
      const appended = await append(world, [{ topic: "t:1", payload: 1 }]);
      expect(appended.get("t:1")?.[0]).toMatchObject({ epoch: before.epoch, offset: 1 });
    });

    it("gives 10 readers that come first together the same epoch", async () => {
      const heads = await Promise.all(upTo(10).map(() => readHead(world.database.db, "t:1")));
      expect(new Set(heads.map(({ epoch }) => epoch)).size).toBe(1);
    });
  });

  describe("readAfter", () => {
    const read = async (offset: number, limit = 100) => {
      const { epoch } = await readHead(world.database.db, "t:1");
      return (
        (await readAfter(world.database.db, "t:1", { epoch, offset }, limit))?.map((entry) => entry.offset) ?? null
      );
    };
    const fill = (count: number) => writeLog(world, "t:1", upTo(count));

    it("answers what follows in order, nothing at the head, and null past it", async () => {
      await fill(5);
      expect(await read(2)).toEqual([3, 4, 5]);
      expect(await read(5)).toEqual([]);
      expect(await read(6)).toBeNull();
    });

    it("answers null for another epoch and for more than the limit", async () => {
      await fill(5);
      expect(await readAfter(world.database.db, "t:1", { epoch: "other", offset: 2 }, 100)).toBeNull();
      expect(await read(1, 3)).toBeNull();
      expect(await read(2, 3)).toEqual([3, 4, 5]);
    });

    it("answers null for what trimLogs has cut, and still what it has kept", async () => {
      await fill(10);
      await trimLogs(world.database.db, [{ prefix: "t", retention: 4 }]);
      expect(await offsetsOf(world, "t:1")).toEqual([7, 8, 9, 10]);
      expect(await read(5)).toBeNull();
      expect(await read(6)).toEqual([7, 8, 9, 10]);
    });
  });
});

function cuttingSuite(world: TestWorld): void {
  const cut = (topics: string[], forget: string[] = []) =>
    world.database.db.transaction((tx) => cutLogs(tx, topics, { forget }));
  const write = (...topics: string[]) =>
    append(
      world,
      topics.map((topic) => ({ topic, payload: { topic } })),
    );

  it("leaves nothing of a log, and no position of it can be continued from", async () => {
    await write("a", "a", "b");
    const before = await readHead(world.deps.db, "a");
    const told = await cut(["a"]);
    expect([await offsetsOf(world, "a"), await offsetsOf(world, "b")]).toEqual([[], [1]]);
    const after = await readHead(world.deps.db, "a");
    expect(after.offset).toBe(0);
    expect(after.epoch).not.toBe(before.epoch);
    expect(told.get("a")).toEqual([{ epoch: after.epoch, offset: CUT_OFFSET, payload: null }]);
    for (const offset of [0, 1, 2]) expect(await readAfter(world.deps.db, "a", { ...before, offset }, 300)).toBeNull();
    await write("a");
    expect(await readAfter(world.deps.db, "a", after, 300)).toMatchObject([{ offset: 1, epoch: after.epoch }]);
  });

  it("does not even keep the name of one that is to be forgotten", async () => {
    await write("a", "secret");
    const told = await cut(["a", "secret"], ["secret", "never written"]);
    expect(await world.query(sql`select topic from topic_heads`)).toEqual([{ topic: "a" }]);
    expect([...told.keys()].sort()).toEqual(["a", "never written", "secret"]);
  });

  it("loses nothing of what is written at the same time", async () => {
    await Promise.all([write("a", "b"), cut(["b", "a"]), write("b", "a"), cut(["a"], ["b"]), write("a", "b")]);
    for (const topic of ["a", "b"]) {
      const { offset } = await readHead(world.deps.db, topic);
      expect(await offsetsOf(world, topic)).toEqual(upTo(offset));
    }
  });
}
