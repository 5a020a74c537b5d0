import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { intercept } from "../testing/intercept.ts";
import { openFeeds, writeLog } from "../testing/logs.ts";
import { type Reader, readerOf } from "../testing/reader.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { type Followed, type FollowOptions, followWithReplay, SlowReaderError } from "./follow.ts";
import { readHead, trimLogs } from "./log.ts";
import { REPLAY_LIMIT } from "./log-feed.ts";

const TOPIC = "t:1";

describeOnDatabases("followWithReplay", (world) => {
  const follow = (options: Partial<FollowOptions> = {}): Reader<Followed> =>
    readerOf((signal) => followWithReplay({ ...world.deps, topic: TOPIC, signal, ...options }));
  /** What follows the first position. */
  const followed = async (...given: Parameters<typeof follow>) => {
    const reader = follow(...given);
    await reader.next();
    return reader;
  };
  const write = (payloads: unknown[]) => writeLog(world, TOPIC, payloads);

  it("says the position first, also when nothing has happened yet", async () => {
    const reader = follow();
    const { epoch } = await readHead(world.database.db, TOPIC);
    expect(await reader.next()).toEqual({ type: "position", id: `${epoch}:0`, recovered: true });
    await reader.stop();
  });

  it("starts at the end: what was there before is not told, what comes is", async () => {
    await write(["old"]);
    const reader = await followed();
    await write(["new"]);
    expect(await reader.next()).toMatchObject({ type: "event", payload: "new" });
    await reader.stop();
  });

  it("resumes from the position of a reader that has seen no event", async () => {
    const first = follow();
    const position = await first.next();
    await first.stop();
    await write(["a", "b"]);
    const again = follow({ lastEventId: idOf(position) });
    expect(await again.next()).toEqual(position);
    expect(payloadsOf(await again.take(2))).toEqual(["a", "b"]);
    await again.stop();
  });

  it("resumes after the last event seen, without repeating it", async () => {
    const ids = await write(["a", "b", "c"]);
    const reader = follow({ lastEventId: ids[1] });
    expect(await reader.next()).toEqual({ type: "position", id: ids[1], recovered: true });
    expect(await reader.next()).toEqual({ type: "event", id: ids[2], payload: "c" });
    await reader.stop();
  });

  it("misses nothing that is committed while it reads the backlog, and tells it once", async () => {
    const ids = await write(["a"]);
    let reads = 0;
    const db = intercept(world.database.db, "execute", async (run) => {
      const answer = await run();
      if (reads++ === 0) await write(["b"]);
      return answer;
    });
    const reader = await followed({ feeds: openFeeds(world, { db }), lastEventId: ids[0] });
    await write(["c"]);
    expect(payloadsOf(await reader.take(2))).toEqual(["b", "c"]);
    expect(await reader.stop()).toEqual([]);
  });

  it("fills a gap in what it hears from the database", async () => {
    const reader = await followed();
    world.deps.bus.deaf = true;
    await write(["lost 1", "lost 2"]);
    world.deps.bus.deaf = false;
    await write(["heard"]);
    expect(payloadsOf(await reader.take(3))).toEqual(["lost 1", "lost 2", "heard"]);
    await reader.stop();
  });

  it("finds what it did not hear at all when the heartbeat is due", async () => {
    const reader = await followed({ feeds: openFeeds(world, { heartbeatMs: 25 }) });
    world.deps.bus.deaf = true;
    await write(["lost"]);
    expect(await nextEvent(reader)).toMatchObject({ payload: "lost" });
    await reader.stop();
  });

  it("drops what it hears twice", async () => {
    const reader = await followed();
    await write(["a"]);
    await reader.next();
    for (const { topic, entry } of [...world.deps.bus.published]) world.deps.bus.publishLog(topic, [entry]);
    await write(["b"]);
    expect(await reader.next()).toMatchObject({ payload: "b" });
    await reader.stop();
  });

  it.each([
    ["an unknown epoch", "someother:1"],
    ["a position past the head", null],
    ["nonsense", "nonsense"],
    ["nothing at all", ""],
  ])("says recovered: false for %s, with the position from which it goes on", async (_, asked) => {
    const ids = await write(["a"]);
    const [epoch] = (ids[0] ?? "").split(":");
    const reader = follow({ lastEventId: asked ?? `${epoch}:99` });
    expect(await reader.next()).toEqual({ type: "position", id: ids[0], recovered: false });
    await write(["b"]);
    expect(await reader.next()).toMatchObject({ payload: "b" });
    await reader.stop();
  });

  it("says recovered: false for a position that was cut, or has more behind it than is replayed", async () => {
    const ids = await write(Array.from({ length: REPLAY_LIMIT + 2 }, (_, at) => at));
    const tooMuch = follow({ lastEventId: ids[0] });
    expect(await tooMuch.next()).toEqual({ type: "position", id: ids.at(-1), recovered: false });
    await tooMuch.stop();
    await trimLogs(world.database.db, [{ prefix: "t", retention: 1 }]);
    const cut = follow({ lastEventId: ids.at(-3) });
    expect(await cut.next()).toEqual({ type: "position", id: ids.at(-1), recovered: false });
    await cut.stop();
  });

  it("says a new position, recovered: false, when the log is started anew under it", async () => {
    const reader = follow();
    const before = await reader.next();
    await world.database.db.execute(sql`delete from topic_heads`);
    const [id] = await write(["a"]);
    const after = await reader.next();
    expect(after).toEqual({ type: "position", id, recovered: false });
    expect(idOf(after)).not.toBe(idOf(before));
    await reader.stop();
  });

  it("sends heartbeats that carry the head", async () => {
    const [id] = await write(["a"]);
    const reader = await followed({ feeds: openFeeds(world, { heartbeatMs: 25 }) });
    expect(await reader.take(2)).toEqual([
      { type: "heartbeat", head: id },
      { type: "heartbeat", head: id },
    ]);
    await reader.stop();
  });

  it("ends a reader that leaves more than 1,000 events lying", async () => {
    const reader = await followed();
    await write(["first"]);
    await reader.next();
    await write(Array.from({ length: 1_001 }, (_, at) => at));
    await expect(reader.next()).rejects.toThrow(SlowReaderError);
    expect(world.deps.bus.listening).toBe(0);
  });

  it("stops listening after its signal is aborted, at any stage", async () => {
    const waiting = await followed();
    expect(world.deps.bus.listening).toBe(1);
    expect(await waiting.stop()).toEqual([]);
    const unread = follow();
    await unread.stop();
    expect(world.deps.bus.listening).toBe(0);
  });

  it("stops listening after its consumer has gone", async () => {
    const { signal } = new AbortController();
    for await (const item of followWithReplay({ ...world.deps, topic: TOPIC, signal })) {
      expect(item.type).toBe("position");
      break;
    }
    expect(world.deps.bus.listening).toBe(0);
  });
});

const idOf = (item: Followed): string => (item.type === "heartbeat" ? item.head : item.id);

const payloadsOf = (items: Followed[]): unknown[] =>
  items.map((item) => (item.type === "event" ? item.payload : item.type));

async function nextEvent(reader: Reader<Followed>): Promise<Followed> {
  for (;;) {
    const item = await reader.next();
    if (item.type !== "heartbeat") return item;
  }
}
