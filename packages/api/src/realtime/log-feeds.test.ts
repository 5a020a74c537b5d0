import { expect, it } from "vitest";
import { intercept } from "../testing/intercept.ts";
import { openFeeds, writeLog } from "../testing/logs.ts";
import { describeOnBothDatabases, type TestWorld } from "../testing/test-deps.ts";
import type { LogEntry } from "./bus.ts";
import { cutLogs, publishAppended } from "./log.ts";
import type { LogFeedsOptions } from "./log-feeds.ts";
import { formatPosition, type Position } from "./position.ts";

const TOPIC = "t:1";

/** Everything a feed tells. */
class Heard {
  readonly offsets: number[] = [];
  readonly verified: number[] = [];
  restarts = 0;

  readonly listener = {
    entries: (entries: readonly LogEntry[]) => void this.offsets.push(...entries.map(({ offset }) => offset)),
    restarted: () => void this.restarts++,
    verified: ({ offset }: Position) => void this.verified.push(offset),
  };
}

describeOnBothDatabases("LogFeeds", (world) => {
  const feedsWith = (options: Partial<LogFeedsOptions> = {}) =>
    openFeeds(world, { heartbeatMs: 3_600_000, ...options });
  const write = (count: number) => writeLog(world, TOPIC, Array(count).fill("x"));

  /** A feed with a listener, until it is closed. */
  async function listening(from: string | null = null) {
    const feeds = feedsWith();
    const { feed, close } = feeds.open(TOPIC);
    const heard = new Heard();
    await feed.start(from);
    const stop = feed.listen(heard.listener);
    return { feeds, feed, heard, close: () => [stop, close].map((end) => end()) };
  }

  it("reads the end of many logs that are opened at once with one query", async () => {
    const feeds = feedsWith();
    const opened = Array.from({ length: 50 }, (_, at) => feeds.open(`t:${at}`));
    await Promise.all(opened.map(({ feed }) => feed.start(null)));
    expect(feeds.reads).toBe(1);
    for (const { close } of opened) close();
  });

  it("reads what a crowd has missed once, however far back each of them is", async () => {
    const ids = await write(60);
    const feeds = feedsWith();
    const opened = ids.map(() => feeds.open(TOPIC));
    const backlogs = await Promise.all(
      opened.map(async ({ feed }, at) => {
        const start = await feed.start(ids[at]);
        let missed = -1;
        await feed.catchUp(start.position, (backlog) => {
          missed = backlog.length;
        });
        return missed;
      }),
    );
    expect(backlogs).toEqual(ids.map((_, at) => ids.length - 1 - at));
    expect(feeds.reads).toBeLessThanOrEqual(3);
    for (const { close } of opened) close();
  });

  it("lives on for those who come back, and hears what happens meanwhile", async () => {
    const feeds = feedsWith({ lingerMs: 60_000 });
    const first = feeds.open(TOPIC);
    const { position } = await first.feed.start(null);
    first.close();
    await write(3);
    const again = feeds.open(TOPIC);
    const reads = feeds.reads;
    expect(await again.feed.start(formatPosition(position))).toEqual({ position, recovered: true });
    expect(feeds.reads).toBe(reads);
    again.close();
    feeds.close();
  });

  it("finds what was committed between the reading of its end and the news of a gap", async () => {
    const held = Promise.withResolvers<void>();
    let reads = 0;
    const db = intercept(world.database.db, "execute", async (run) => {
      const answer = await run();
      if (reads++ === 0) await held.promise;
      return answer;
    });
    const feeds = feedsWith({ db });
    const { feed, close } = feeds.open(TOPIC);
    const heard = new Heard();
    feed.listen(heard.listener);
    const started = feed.start(null);
    await new Promise((resolve) => setImmediate(resolve));
    world.deps.bus.deaf = true;
    await write(1);
    world.deps.bus.deaf = false;
    world.deps.bus.announceGap([TOPIC]);
    held.resolve();
    await started;
    await feed.mend();
    expect(feed.head?.offset).toBe(1);
    close();
  });

  it("reads on after a gap, in order and each once, while more arrives", async () => {
    const { feed, heard, close } = await listening();
    world.deps.bus.deaf = true;
    await write(5);
    world.deps.bus.deaf = false;
    world.deps.bus.announceGap(null);
    await write(5);
    await feed.mend();
    expect(heard.offsets).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    close();
  });

  it("tells its listeners how far it is proved", async () => {
    await write(2);
    const { feeds, heard, close } = await listening();
    await feeds.verify();
    expect(heard.verified).toEqual([2]);
    close();
  });

  it("begins anew in the turn in which it hears that its log was cut, and remembers nothing of it", async () => {
    const ids = await write(3);
    const { feed, heard, close } = await listening(ids[0]);
    await cut(world);
    await feed.mend();
    expect([heard.restarts, heard.offsets, feed.head?.offset]).toEqual([1, [], 0]);
    for (const id of ids) expect((await feed.start(id)).recovered).toBe(false);
    await write(1);
    expect(heard.offsets).toEqual([1]);
    close();
  });

  it("forgets a log that was cut without listeners, and reads nothing until a listener comes", async () => {
    const ids = await write(3);
    const feeds = feedsWith();
    const { feed, close } = feeds.open(TOPIC);
    await feed.start(ids[0]);
    const { reads } = feeds;
    await cut(world, { forget: true });
    expect([feed.head, feeds.reads]).toEqual([null, reads]);
    expect(await world.countRows("topic_heads")).toBe(0);
    const start = await feed.start(ids[1]);
    expect(start).toMatchObject({ recovered: false, position: { offset: 0 } });
    await feed.catchUp(start.position, (backlog) => expect(backlog).toEqual([]));
    close();
  });

  it("on another node, which the bus did not reach, begins anew at the next comparison", async () => {
    await write(2);
    const { feeds, feed, heard, close } = await listening();
    world.deps.bus.deaf = true;
    await cut(world, { forget: true });
    await feeds.verify();
    await feed.mend();
    expect([heard.restarts, feed.head?.offset]).toEqual([1, 0]);
    close();
  });
});

async function cut({ database, deps }: TestWorld, { forget = false } = {}): Promise<void> {
  const told = await database.db.transaction((tx) =>
    cutLogs(tx, forget ? [] : [TOPIC], { forget: forget ? [TOPIC] : [] }),
  );
  publishAppended(deps.bus, told);
}
