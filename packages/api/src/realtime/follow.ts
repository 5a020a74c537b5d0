import type { Database } from "@pult/db/database.ts";
import type { Bus, LogEntry } from "./bus.ts";
import { readAfter, readHead } from "./log.ts";
import { formatPosition, type Position, parsePosition } from "./position.ts";

export type Followed =
  /** First item: where the reader stands. Not recovered: he must take a snapshot, which is then at least as new as this position. */
  | { type: "position"; id: string; recovered: boolean }
  | { type: "event"; id: string; payload: unknown }
  /** Nothing new for a while; the log ends here. */
  | { type: "heartbeat"; head: string };

export interface FollowOptions {
  db: Database;
  bus: Bus;
  topic: string;
  /** `epoch:offset` of the last event seen; absent starts at the end. */
  lastEventId?: string | null | undefined;
  signal: AbortSignal;
  /** Most events replayed; more than that is a snapshot's work. */
  replayLimit?: number;
  heartbeatMs?: number;
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
 * Follows a log: listens first, then reads the backlog, then drops what came twice. A gap in what is heard (a lost bus message) is read
 * from the database. Ends with the signal.
 * @throws SlowReaderError when the consumer leaves more than 1,000 events lying
 */
export async function* followWithReplay(options: FollowOptions): AsyncGenerator<Followed> {
  const { db, bus, topic, signal, replayLimit = 300, heartbeatMs = 25_000 } = options;
  const mailbox = new Mailbox(signal);
  const unsubscribe = bus.subscribeLog(topic, (entry) => mailbox.push(entry));
  try {
    let { position, recovered, backlog } = await start(db, topic, options.lastEventId, replayLimit);
    yield { type: "position", id: formatPosition(position), recovered };
    for (;;) {
      for (const entry of backlog) {
        position = { epoch: entry.epoch, offset: entry.offset };
        yield { type: "event", id: formatPosition(position), payload: entry.payload };
      }
      if (mailbox.overflowed) throw new SlowReaderError(topic);
      const heard = await mailbox.take(heartbeatMs);
      if (signal.aborted) return;
      const next = heard
        ? await continueFrom(db, topic, position, heard, replayLimit)
        : await readAfter(db, topic, position, replayLimit);
      if (heard === null && next?.length === 0) yield { type: "heartbeat", head: formatPosition(position) };
      if (next) {
        backlog = next;
        continue;
      }
      // The log was cut or started anew under the reader: he gets a new position and must take a snapshot.
      position = await readHead(db, topic);
      backlog = [];
      yield { type: "position", id: formatPosition(position), recovered: false };
    }
  } finally {
    unsubscribe();
  }
}

async function start(db: Database, topic: string, lastEventId: string | null | undefined, limit: number) {
  if (lastEventId === null || lastEventId === undefined) {
    return { position: await readHead(db, topic), recovered: true, backlog: [] as LogEntry[] };
  }
  const asked = parsePosition(lastEventId);
  const backlog = asked ? await readAfter(db, topic, asked, limit) : null;
  if (asked && backlog) return { position: asked, recovered: true, backlog };
  return { position: await readHead(db, topic), recovered: false, backlog: [] as LogEntry[] };
}

/** What is new among the heard; gaps filled from the database, null when it cannot be continued. */
async function continueFrom(db: Database, topic: string, position: Position, heard: LogEntry[], limit: number) {
  const fresh: LogEntry[] = [];
  let at = position.offset;
  for (const entry of heard) {
    if (entry.epoch !== position.epoch) return readAfter(db, topic, position, limit);
    if (entry.offset <= at) continue;
    if (entry.offset !== at + 1) return readAfter(db, topic, position, limit);
    fresh.push(entry);
    at = entry.offset;
  }
  return fresh;
}

/** Holds what was heard until it is taken. */
class Mailbox {
  #entries: LogEntry[] = [];
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

  push(entry: LogEntry): void {
    if (this.#entries.length >= MAX_QUEUE) this.#overflowed = true;
    else this.#entries.push(entry);
    this.#wake?.();
  }

  /** Everything heard, as soon as there is something; null when nothing came in time. */
  async take(timeoutMs: number): Promise<LogEntry[] | null> {
    if (this.#entries.length === 0 && !this.#signal.aborted) await this.#wait(timeoutMs);
    const taken = this.#entries;
    this.#entries = [];
    return taken.length > 0 || this.#signal.aborted ? taken : null;
  }

  #wait(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, timeoutMs);
      const self = this;
      function done(): void {
        clearTimeout(timer);
        self.#wake = null;
        resolve();
      }
      this.#wake = done;
    });
  }
}
