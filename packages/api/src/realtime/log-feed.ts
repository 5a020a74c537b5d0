import type { LogEntry } from "./bus.ts";
import { type Position, parsePosition } from "./position.ts";

/** What a feed calls, synchronously while it publishes. */
export interface FeedListener {
  /** The next entries, without gaps. */
  entries(entries: readonly LogEntry[]): void;
  /** The log cannot be continued: it was cut or begun anew, and now ends here. */
  restarted(head: Position): void;
  /** Nothing is missing up to here; checked against the database. */
  verified(head: Position): void;
}

/** A reader's position. Not recovered: the wanted one cannot be continued from, so a snapshot as new as this position is needed. */
export interface Start {
  position: Position;
  recovered: boolean;
}

export interface FeedSource {
  readHead(): Promise<Position>;
  /** Everything after a position up to the log's present end, oldest first; null when the log does not reach back that far. */
  readAfter(position: Position): Promise<LogEntry[] | null>;
  failed(error: unknown): void;
}

/** Most events a feed remembers, and replays. */
export const REPLAY_LIMIT = 300;
/** How much further back than asked is read, for readers who were cut a moment earlier. */
const MARGIN = 50;

/**
 * One log as this node hears it, for any number of readers: the newest events in memory, what was missed read from the database once for
 * all of them.
 */
export class LogFeed {
  #head: Position | null = null;
  /** The newest entries without gaps; the last one is the head. */
  #recent: LogEntry[] = [];
  /** The newest offset heard of, which may be ahead of the head while what lies between is being read. */
  #heard = 0;
  /** Heard while the head is being read. */
  #early: LogEntry[] = [];
  #loading: Promise<void> | null = null;
  #filling: Promise<void> | null = null;
  #mending: Promise<void> | null = null;
  readonly #listeners = new Set<FeedListener>();
  readonly #source: FeedSource;

  constructor(source: FeedSource) {
    this.#source = source;
  }

  listen(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** The end as far as it is known; null until it was first read. */
  get head(): Position | null {
    return this.#head;
  }

  /** An event from the bus. */
  hear(entry: LogEntry): void {
    const head = this.#head;
    if (!head) {
      this.#early.push(entry);
      return;
    }
    if (entry.epoch === head.epoch && entry.offset <= head.offset) return;
    // Cut, without listeners: nothing of it stays in memory, and its end is read for the next reader.
    if (entry.epoch !== head.epoch && this.#listeners.size === 0 && !this.#mending && !this.#filling) {
      this.#head = null;
      this.#recent = [];
      return;
    }
    this.#heard = entry.epoch === head.epoch ? Math.max(this.#heard, entry.offset) : Number.POSITIVE_INFINITY;
    if (entry.epoch === head.epoch && entry.offset === head.offset + 1) this.#append([entry]);
    else this.mend();
  }

  /** The database's word on where the log ends. */
  check(head: Position): void {
    const known = this.#head;
    if (!known) return;
    if (head.epoch !== known.epoch) this.#heard = Number.POSITIVE_INFINITY;
    else this.#heard = Math.max(this.#heard, head.offset);
    if (head.epoch === known.epoch && head.offset <= known.offset)
      for (const one of this.#listeners) one.verified(known);
    else this.mend();
  }

  /** Reads what was missed. Events that are heard meanwhile wait for it. */
  mend(): Promise<void> {
    this.#mending ??= this.#mend()
      .catch((error) => this.#source.failed(error))
      .finally(() => {
        this.#mending = null;
      });
    return this.#mending;
  }

  async #mend(): Promise<void> {
    for (;;) {
      const head = await this.#known();
      const missed = await this.#source.readAfter(head);
      if (missed === null) {
        this.#head = null;
        const fresh = await this.#known();
        for (const one of this.#listeners) one.restarted(fresh);
        return;
      }
      this.#append(missed.filter((entry) => entry.offset > this.#end));
      if (this.#heard <= this.#end || missed.length === 0) {
        this.#heard = this.#end;
        return;
      }
    }
  }

  /** Where a reader who has seen everything up to `lastEventId` starts; without one, at the end. */
  async start(lastEventId: string | null | undefined): Promise<Start> {
    const head = await this.#known();
    if (lastEventId === null || lastEventId === undefined) return { position: head, recovered: true };
    const asked = parsePosition(lastEventId);
    if (asked && asked.epoch === head.epoch && asked.offset > head.offset) await this.mend();
    const end = await this.#known();
    if (!asked || asked.epoch !== end.epoch || asked.offset > end.offset) return { position: end, recovered: false };
    if (end.offset - asked.offset > REPLAY_LIMIT) return { position: end, recovered: false };
    await this.#fill(asked);
    const now = await this.#known();
    if (this.#since(asked) === null) return { position: now, recovered: false };
    return { position: asked, recovered: true };
  }

  /**
   * Hands over what follows a position and returns true, synchronously, so that a listener added then misses nothing and gets
   * nothing twice. False when it can no longer be continued from there.
   */
  async catchUp(position: Position, take: (backlog: readonly LogEntry[]) => void): Promise<boolean> {
    let backlog = this.#since(position);
    if (backlog === null) {
      await this.#fill(position);
      backlog = this.#since(position);
    }
    if (backlog === null) return false;
    take(backlog);
    return true;
  }

  #since(position: Position): LogEntry[] | null {
    const head = this.#head;
    if (!head || head.epoch !== position.epoch || position.offset > head.offset) return null;
    const missing = head.offset - position.offset;
    return missing > this.#recent.length ? null : this.#recent.slice(this.#recent.length - missing);
  }

  get #end(): number {
    return this.#head?.offset ?? 0;
  }

  async #known(): Promise<Position> {
    if (this.#head) return this.#head;
    this.#loading ??= this.#source
      .readHead()
      .then((head) => {
        this.#recent = [];
        this.#head = head;
        this.#heard = head.offset;
        for (const entry of this.#early.splice(0)) this.hear(entry);
      })
      .finally(() => {
        this.#loading = null;
      });
    await this.#loading;
    return this.#known();
  }

  /** Makes memory reach back to a position, when the log does; one read for all who ask at once. */
  async #fill(position: Position): Promise<void> {
    while (this.#since(position) === null) {
      const head = this.#head;
      if (!head || head.epoch !== position.epoch || head.offset - position.offset > REPLAY_LIMIT) return;
      if (this.#filling) {
        await this.#filling;
        if (this.#since(position) !== null) return;
      }
      this.#filling ??= this.#read(position).finally(() => {
        this.#filling = null;
      });
      await this.#filling;
      if (this.#since(position) === null) return;
    }
  }

  async #read(position: Position): Promise<void> {
    const head = this.#head;
    if (!head) return;
    const furthest = Math.max(0, head.offset - REPLAY_LIMIT, position.offset - MARGIN);
    const entries =
      (await this.#source.readAfter({ epoch: position.epoch, offset: furthest })) ??
      (await this.#source.readAfter(position));
    const now = this.#head;
    if (!entries || !now || now.epoch !== head.epoch) return;
    const oldest = now.offset - this.#recent.length;
    const older = entries.filter((entry) => entry.offset <= oldest);
    if (older.at(-1)?.offset === oldest) this.#recent = [...older, ...this.#recent];
    const newer = entries.filter((entry) => entry.offset > now.offset);
    if (newer[0]?.offset === now.offset + 1) this.#append(newer);
  }

  #append(entries: readonly LogEntry[]): void {
    const last = entries.at(-1);
    if (!last) return;
    this.#head = { epoch: last.epoch, offset: last.offset };
    this.#recent.push(...entries);
    if (this.#recent.length > 2 * REPLAY_LIMIT) this.#recent = this.#recent.slice(-REPLAY_LIMIT);
    for (const one of this.#listeners) one.entries(entries);
  }
}
