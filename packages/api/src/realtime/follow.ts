import type { LogEntry } from "./bus.ts";
import type { LogFeed, Start } from "./log-feed.ts";
import type { LogFeeds } from "./log-feeds.ts";
import { formatPosition, type Position } from "./position.ts";

export type Followed =
  /** First item: the reader's position. Not recovered: a snapshot is needed, which is then at least as new as this position. */
  | { type: "position"; id: string; recovered: boolean }
  | { type: "event"; id: string; payload: unknown }
  /** Nothing is missing; the log ends here. */
  | { type: "heartbeat"; head: string };

export interface FollowOptions {
  feeds: LogFeeds;
  topic: string;
  /** `epoch:offset` of the last event seen; absent starts at the end. */
  lastEventId?: string | null | undefined;
  /** Begins with a snapshot at the end, whatever was seen before. */
  isAnew?: boolean;
  signal: AbortSignal;
}

/** A reader so far behind that its queue is full. It should come back and resume. */
export class SlowReaderError extends Error {
  constructor(topic: string) {
    super(`A reader of ${topic} is too slow`);
    this.name = "SlowReaderError";
  }
}

const MAX_QUEUE = 1_000;

/**
 * Follows a log step by step, for readers that are not fanned out to. Listens first, then reads the backlog, then drops what came twice.
 * Ends with the signal.
 * @throws SlowReaderError when the consumer leaves more than 1,000 events lying
 */
export async function* followWithReplay(options: FollowOptions): AsyncGenerator<Followed> {
  const { feeds, topic, signal } = options;
  const opened = feeds.open(topic);
  try {
    let start = await opened.feed.start(options.isAnew ? null : options.lastEventId);
    if (options.isAnew) start = { ...start, recovered: false };
    while (!signal.aborted) {
      yield { type: "position", id: formatPosition(start.position), recovered: start.recovered };
      const again = yield* readOn(opened.feed, topic, start, signal);
      if (again === null) return;
      start = again;
    }
  } finally {
    opened.close();
  }
}

/** @returns where to begin anew when the log cannot be continued; null at the end */
async function* readOn(
  feed: LogFeed,
  topic: string,
  start: Start,
  signal: AbortSignal,
): AsyncGenerator<Followed, Start | null> {
  const mailbox = new Mailbox(signal);
  let stop = () => {};
  try {
    const continued = await feed.catchUp(start.position, (backlog) => {
      stop = feed.listen(mailbox);
      mailbox.entries(backlog);
    });
    if (!continued) return { position: (await feed.start(null)).position, recovered: false };
    for (;;) {
      if (mailbox.overflowed) throw new SlowReaderError(topic);
      const item = await mailbox.next();
      if (signal.aborted) return null;
      if (item && "restart" in item) return { position: item.restart, recovered: false };
      if (item) yield item;
    }
  } finally {
    stop();
  }
}

/** Holds what was heard until it is taken. */
class Mailbox {
  #items: (Followed | { restart: Position })[] = [];
  #wake: (() => void) | null = null;
  #overflowed = false;
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  get overflowed(): boolean {
    return this.#overflowed;
  }

  entries(entries: readonly LogEntry[]): void {
    for (const { epoch, offset, payload } of entries)
      this.#push({ type: "event", id: formatPosition({ epoch, offset }), payload });
  }

  restarted(head: Position): void {
    this.#items = [];
    this.#push({ restart: head });
  }

  verified(head: Position): void {
    if (this.#items.length === 0) this.#push({ type: "heartbeat", head: formatPosition(head) });
  }

  #push(item: Followed | { restart: Position }): void {
    if (this.#items.length >= MAX_QUEUE) this.#overflowed = true;
    else this.#items.push(item);
    this.#wake?.();
  }

  /** What was heard first, as soon as there is something; undefined when woken by the end. */
  async next(): Promise<Followed | { restart: Position } | undefined> {
    if (this.#items.length === 0 && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    return this.#items.shift();
  }
}
