import type { Database } from "@pult/db/database.ts";
import type { Bus } from "./bus.ts";
import { readAfter, readHeads } from "./log.ts";
import { LogFeed, REPLAY_LIMIT } from "./log-feed.ts";
import type { Position } from "./position.ts";

/** The logs that somebody on this node follows. */
export interface LogFeeds {
  /** The feed of a topic; it lives until everyone who opened it has closed it, and a while longer for those who come back. */
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
  /** How often each feed is compared with the database, and its readers told that they are current. Default 25 s. */
  heartbeatMs?: number;
  /** How long a feed outlives its last reader. Default 30 s. */
  lingerMs?: number;
}

/** Feeds are looked after in turns, so that heartbeats of many do not fall due at once. */
const TURNS = 25;
const TOPICS_AT_ONCE = 1_000;

interface Kept {
  feed: LogFeed;
  turn: number;
  users: number;
  unsubscribe(): void;
  ending: NodeJS.Timeout | null;
}

export function createLogFeeds(options: LogFeedsOptions): LogFeeds {
  const { db, bus, failed, heartbeatMs = 25_000, lingerMs = 30_000 } = options;
  const feeds = new Map<string, Kept>();
  const heads = new HeadReader(async (topics) => {
    reads += 1;
    return readHeads(db, topics);
  });
  let reads = 0;
  let turn = 0;

  function make(topic: string): Kept {
    const feed = new LogFeed({
      readHead: () => heads.read(topic),
      readAfter(position) {
        reads += 1;
        return readAfter(db, topic, position, REPLAY_LIMIT);
      },
      failed,
    });
    const unsubscribe = bus.subscribeLog(topic, (entry) => feed.hear(entry));
    return { feed, turn: feeds.size % TURNS, users: 0, unsubscribe, ending: null };
  }

  function end(topic: string, kept: Kept): void {
    if (kept.ending) clearTimeout(kept.ending);
    kept.unsubscribe();
    if (feeds.get(topic) === kept) feeds.delete(topic);
  }

  async function verify(wanted: (kept: Kept, topic: string) => boolean): Promise<void> {
    const topics = [...feeds]
      .filter(([topic, kept]) => kept.feed.head !== null && wanted(kept, topic))
      .map(([topic]) => topic);
    for (let from = 0; from < topics.length; from += TOPICS_AT_ONCE) {
      reads += 1;
      const current = await readHeads(db, topics.slice(from, from + TOPICS_AT_ONCE));
      for (const [topic, head] of current) feeds.get(topic)?.feed.check(head);
    }
  }

  const stopListening = bus.onGap((topics) => {
    const missed = topics && new Set(topics);
    // A feed whose end is just being read may have been told an end from before the gap.
    for (const [topic, { feed }] of feeds) if (feed.head === null && (missed?.has(topic) ?? true)) void feed.mend();
    verify((_, topic) => missed?.has(topic) ?? true).catch(failed);
  });
  const timer = setInterval(() => {
    const mine = turn++ % TURNS;
    verify((kept) => kept.turn === mine && kept.users > 0).catch(failed);
  }, heartbeatMs / TURNS);
  timer.unref();

  return {
    open(topic) {
      const kept = feeds.get(topic) ?? make(topic);
      feeds.set(topic, kept);
      kept.users += 1;
      if (kept.ending) clearTimeout(kept.ending);
      kept.ending = null;
      let open = true;
      return {
        feed: kept.feed,
        close() {
          if (!open) return;
          open = false;
          kept.users -= 1;
          if (kept.users > 0) return;
          if (lingerMs === 0) end(topic, kept);
          else kept.ending = setTimeout(() => end(topic, kept), lingerMs).unref();
        },
      };
    },
    verify: () => verify(() => true),
    close() {
      clearInterval(timer);
      stopListening();
      for (const [topic, kept] of feeds) end(topic, kept);
    },
    get size() {
      return feeds.size;
    },
    get reads() {
      return reads;
    },
  };
}

/** Asks for the ends of all logs that are opened in one turn with one query. */
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
