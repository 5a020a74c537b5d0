import type { Database } from "@pult/db/database.ts";
import type { Bus } from "./bus.ts";
import { readAfter, readHeads } from "./log.ts";
import { LogFeed, REPLAY_LIMIT } from "./log-feed.ts";
import type { Position } from "./position.ts";

/** The logs that have followers on this node. */
export interface LogFeeds {
  /** The feed of a topic; it lives until all who opened it have closed it, and a while longer for reconnects. */
  open(topic: string): { feed: LogFeed; close(): void };
  /** Compares every feed with the database and reads what was missed. */
  verify(): Promise<void>;
  close(): void;
  readonly size: number;
  /** Queries for ends and events since the start. */
  readonly reads: number;
}

export interface LogFeedsOptions {
  db: Database;
  bus: Bus;
  failed(error: unknown): void;
  /** How often each feed is compared with the database, which its readers see as a heartbeat. Default 25 s. */
  heartbeatMs?: number;
  /** How long a feed outlives its last reader. Default 30 s. */
  lingerMs?: number;
}

/** Feeds are verified in slots, so that the heartbeats of many do not fall due at once. */
const SLOTS = 25;
const TOPICS_AT_ONCE = 1_000;

interface FeedEntry {
  feed: LogFeed;
  /** The topics that are verified together with it. */
  slot: Set<string>;
  users: number;
  unsubscribe(): void;
  ending: NodeJS.Timeout | null;
}

export function createLogFeeds(options: LogFeedsOptions): LogFeeds {
  const { db, bus, failed, heartbeatMs = 25_000, lingerMs = 30_000 } = options;
  const feeds = new Map<string, FeedEntry>();
  const heads = new HeadReader(async (topics) => {
    reads += 1;
    return readHeads(db, topics);
  });
  const slots = Array.from({ length: SLOTS }, () => new Set<string>());
  let reads = 0;
  let slot = 0;

  function make(topic: string): FeedEntry {
    const feed = new LogFeed({
      readHead: () => heads.read(topic),
      readAfter(position) {
        reads += 1;
        return readAfter(db, topic, position, REPLAY_LIMIT);
      },
      failed,
    });
    const unsubscribe = bus.subscribeLog(topic, (event) => feed.hear(event));
    const smallest = slots.reduce((least, one) => (one.size < least.size ? one : least));
    smallest.add(topic);
    return { feed, slot: smallest, users: 0, unsubscribe, ending: null };
  }

  function end(topic: string, entry: FeedEntry): void {
    if (entry.ending) clearTimeout(entry.ending);
    entry.unsubscribe();
    if (feeds.get(topic) !== entry) return;
    feeds.delete(topic);
    entry.slot.delete(topic);
  }

  async function verify(wanted: Iterable<string>): Promise<void> {
    const topics: string[] = [];
    for (const topic of wanted) {
      const feed = feeds.get(topic)?.feed;
      // An end that could not be read is read again; one that is being read may be from before a gap.
      if (feed?.head === null) void feed.mend();
      else if (feed) topics.push(topic);
    }
    for (let from = 0; from < topics.length; from += TOPICS_AT_ONCE) {
      reads += 1;
      const current = await readHeads(db, topics.slice(from, from + TOPICS_AT_ONCE));
      for (const [topic, head] of current) feeds.get(topic)?.feed.check(head);
    }
  }

  const stopListening = bus.onGap((topics) => {
    verify(topics ?? feeds.keys()).catch(failed);
  });
  const timer = setInterval(() => {
    const mine = slots[slot++ % SLOTS] ?? [];
    verify([...mine].filter((topic) => (feeds.get(topic)?.users ?? 0) > 0)).catch(failed);
  }, heartbeatMs / SLOTS);
  timer.unref();

  return {
    open(topic) {
      const entry = feeds.get(topic) ?? make(topic);
      feeds.set(topic, entry);
      entry.users += 1;
      if (entry.ending) clearTimeout(entry.ending);
      entry.ending = null;
      let open = true;
      return {
        feed: entry.feed,
        close() {
          if (!open) return;
          open = false;
          entry.users -= 1;
          if (entry.users > 0) return;
          if (lingerMs === 0) end(topic, entry);
          else entry.ending = setTimeout(() => end(topic, entry), lingerMs).unref();
        },
      };
    },
    verify: () => verify(feeds.keys()),
    close() {
      clearInterval(timer);
      stopListening();
      for (const [topic, entry] of feeds) end(topic, entry);
    },
    get size() {
      return feeds.size;
    },
    get reads() {
      return reads;
    },
  };
}

/** Reads the ends of all logs that are opened in one tick with one query. */
class HeadReader {
  #asked: Map<string, { resolve(head: Position): void; reject(error: unknown): void }[]> | null = null;
  readonly #readAll: (topics: string[]) => Promise<Map<string, Position>>;

  constructor(readAll: (topics: string[]) => Promise<Map<string, Position>>) {
    this.#readAll = readAll;
  }

  read(topic: string): Promise<Position> {
    return new Promise((resolve, reject) => {
      if (!this.#asked) {
        this.#asked = new Map();
        setImmediate(() => void this.#ask());
      }
      const waiting = this.#asked.get(topic) ?? [];
      this.#asked.set(topic, [...waiting, { resolve, reject }]);
    });
  }

  async #ask(): Promise<void> {
    const asked = this.#asked ?? new Map();
    this.#asked = null;
    try {
      const heads = await this.#readAll([...asked.keys()]);
      for (const [topic, waiting] of asked) {
        const head = heads.get(topic);
        for (const one of waiting)
          head ? one.resolve(head) : one.reject(new Error(`The head of ${topic} was not written`));
      }
    } catch (error) {
      for (const waiting of asked.values()) for (const one of waiting) one.reject(error);
    }
  }
}
