import { randomUUID } from "node:crypto";
import type { Transaction } from "@pult/db/database.ts";
import { rowsOf, textsIn } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, identityOf } from "../../actor.ts";
import type { Deps } from "../../context.ts";
import { pause } from "../../pause.ts";
import { perProcess } from "../../per-process.ts";
import type { LogFeed } from "../../realtime/log-feed.ts";
import { formatPosition, type Position } from "../../realtime/position.ts";
import type { WorkerSpec } from "../../workers.ts";
import { alertsTopic, type Owed, type OwedNews, owedTopic, toastsTopic } from "../events.ts";
import { type Connection, earlier, hear, type Place, type Span, settle } from "./place.ts";

/** A node that has not written for so long is gone, and what was handed out without being delivered is owed again. */
export const NODE_TIMEOUT_SECONDS = 20;

/** Whose missed messages wait for them: customers'. */
export const readerOf = (actor: Actor): string | null => (actor.kind === "customer" ? identityOf(actor) : null);

/** Before rows of several readers change: always in one order, so that transactions wait for each other instead of dead-locking. */
export async function lockReaders(tx: Transaction, readers: readonly string[]): Promise<void> {
  await tx.execute(
    sql`select from notification_readers where reader in ${textsIn(readers)} order by reader, node for update`,
  );
}

type Opened = { feed: LogFeed; close(): void };
type BoardDeps = Pick<Deps, "db" | "feeds" | "bus" | "now">;

interface Here {
  connections: Set<Connection>;
  since: Date;
  own: Opened;
  /** What is written down of `own`, as the feed had it. */
  savedOwn: Position | null;
}

/** How a connection comes in. */
export interface Entrance {
  /** Where what it is told begins; absent where it is told nothing but what comes now. */
  since: Place;
  /** @see Connection */
  tell(span: Span): void;
}

/** One connection of a user. */
export interface ReaderEntry {
  /** The client has sent something: what was written to it before has arrived, or is about to. */
  heard(): void;
  /** @param how.isClean whether the connection was closed in order; else what the client may not have got is owed to it */
  leave(how: { isClean: boolean }): void;
}

const headOf = (opened: Opened | undefined): string | null =>
  opened?.feed.head ? formatPosition(opened.feed.head) : null;

/** Until when a user who returns may not be known to be away. */
const OWED_MS = 10_000;
const HEARTBEAT_MS = (NODE_TIMEOUT_SECONDS * 1000) / 4;

/**
 * The users of the Mini App who are connected to this node. Nothing is written for each event: the node writes down how far it has come once
 * a second, and users' rows only when they come, leave, or are told something of their own.
 */
export class ReaderBoard {
  readonly node = randomUUID();
  readonly #deps: BoardDeps;
  /** While users are here. */
  #common: { alerts: Opened; announcements: Opened } | null = null;
  readonly #here = new Map<string, Here>();
  /** Whose own log has moved since it was written down, or is not read yet. */
  readonly #moved = new Set<string>();
  readonly #arrived = new Set<string>();
  readonly #left = new Map<string, Place>();
  /** What connections were told in vain a moment ago, here or on other nodes, by user. */
  readonly #owed = new Map<string, { since: Place; until: number }>();
  /** Of these, what other nodes are to be told. */
  #news: Owed[] = [];
  #stopHearing: () => void = () => {};
  #saved = { heads: "", at: 0 };
  #flushing: Promise<void> = Promise.resolve();
  /** A flush that has not begun. */
  #next: Promise<void> | null = null;
  /** Called when a user comes or leaves. */
  onMoved: () => void = () => {};

  constructor(deps: BoardDeps) {
    this.#deps = deps;
  }

  /** @param entrance absent for a client that reads on by itself */
  enter(reader: string, entrance?: Entrance): ReaderEntry {
    const here = this.#here.get(reader) ?? this.#arrive(reader);
    const now = (): Place => ({ ...this.#heads, own: headOf(here.own) });
    const since = entrance?.since ?? now();
    const connection: Connection = { since, heard: since, tell: entrance?.tell };
    here.connections.add(connection);
    this.#settle(reader);
    return {
      heard: () => hear(connection, now(), here.connections),
      leave: ({ isClean }) => {
        if (!here.connections.delete(connection)) return;
        const place = isClean ? now() : connection.heard;
        if (here.connections.size === 0) this.#leave(reader, place);
        if (!isClean) this.owe(reader, place);
      },
    };
  }

  #arrive(reader: string): Here {
    const { feeds, bus, now } = this.#deps;
    if (!this.#common) {
      this.#common = {
        alerts: feeds.open(alertsTopic.name("all")),
        announcements: feeds.open(toastsTopic.name("all")),
      };
      this.#stopHearing = bus.subscribeLatest(owedTopic.name("all"), (value) => {
        const { node, owed } = value as OwedNews;
        if (node !== this.node) for (const { reader, since } of owed) this.#hearOwed(reader, since);
      });
    }
    const own = this.#openOwn(reader);
    const here: Here = { connections: new Set(), since: now(), own, savedOwn: null };
    this.#here.set(reader, here);
    this.#left.delete(reader);
    this.#arrived.add(reader);
    this.onMoved();
    return here;
  }

  #openOwn(reader: string): Opened {
    const { feed, close } = this.#deps.feeds.open(toastsTopic.name(reader));
    const moved = () => void this.#moved.add(reader);
    const stop = feed.listen({ entries: moved, restarted: moved, verified() {} });
    moved();
    return {
      feed,
      close() {
        stop();
        close();
      },
    };
  }

  #leave(reader: string, place: Place): void {
    this.#here.get(reader)?.own.close();
    this.#here.delete(reader);
    this.#left.set(reader, place);
    this.onMoved();
    if (this.#here.size > 0) return;
    this.#common?.alerts.close();
    this.#common?.announcements.close();
    this.#common = null;
    this.#stopHearing();
  }

  /** A connection of the user ended that may not have heard what it was told from here on: another one that was not told it is. */
  owe(reader: string, since: Place): void {
    this.#news.push({ reader, since });
    this.#hearOwed(reader, since);
  }

  #hearOwed(reader: string, since: Place): void {
    const known = this.#owed.get(reader);
    this.#owed.delete(reader);
    this.#owed.set(reader, { since: known ? earlier(known.since, since) : since, until: Date.now() + OWED_MS });
    this.#settle(reader);
  }

  #settle(reader: string): void {
    const owed = this.#owed.get(reader);
    const connection = [...(this.#here.get(reader)?.connections ?? [])].findLast(({ tell }) => tell !== undefined);
    if (!owed || !connection) return;
    this.#owed.delete(reader);
    if (owed.until > Date.now()) settle(connection, owed.since);
  }

  #publishNews(): void {
    for (const [reader, { until }] of this.#owed) {
      if (until > Date.now()) break;
      this.#owed.delete(reader);
    }
    const owed = this.#news;
    this.#news = [];
    if (owed.length > 0 && this.#deps.bus.state !== "alone")
      this.#deps.bus.publishLatest(owedTopic.name("all"), { node: this.node, owed } satisfies OwedNews);
  }

  get #heads(): Omit<Place, "own"> {
    const { alerts, announcements } = this.#common ?? {};
    return { alerts: headOf(alerts), announcements: headOf(announcements) };
  }

  /** Resolves when a user who has just left is written down. */
  async settled(reader: string): Promise<void> {
    if (this.#left.has(reader)) await this.flush();
  }

  /** Writes down what has changed, once for all who ask before it begins. What fails stays to be written. */
  flush(): Promise<void> {
    this.#next ??= this.#flushing.then(() => {
      this.#next = null;
      return this.#flush();
    });
    this.#flushing = this.#next.catch(() => {});
    return this.#next;
  }

  async #flush(): Promise<void> {
    await this.#readEnds();
    await this.#saveNode();
    await this.#saveArrived();
    await this.#saveOwn();
    await this.#saveLeft();
    this.#publishNews();
  }

  /** A log that no reader here has joined yet is not read by itself; and one that was cut has to be read again. */
  async #readEnds(): Promise<void> {
    const unread: LogFeed[] = [];
    for (const { feed } of Object.values(this.#common ?? {})) if (feed.head === null) unread.push(feed);
    for (const reader of this.#moved) {
      const feed = this.#here.get(reader)?.own.feed;
      if (feed?.head === null) unread.push(feed);
    }
    await Promise.all(unread.map((feed) => feed.start(null)));
  }

  async #saveNode(): Promise<void> {
    if (!this.#common) return;
    const { alerts, announcements } = this.#heads;
    const heads = `${alerts} ${announcements}`;
    if (heads === this.#saved.heads && Date.now() - this.#saved.at < HEARTBEAT_MS) return;
    const at = Date.now();
    await this.#deps.db.execute(sql`
      insert into notification_nodes (node, alerts, announcements, seen_at) values (${this.node}, ${alerts}, ${announcements}, now())
      on conflict (node) do update set alerts = excluded.alerts, announcements = excluded.announcements, seen_at = now()`);
    this.#saved = { heads, at };
  }

  /** From now on a user's place is the node's; what was left elsewhere no longer counts, where no living node serves them as well. */
  async #saveArrived(): Promise<void> {
    const readers = [...this.#arrived];
    if (readers.length === 0) return;
    const saved = new Map<Here, Position | null>();
    const rows = readers.flatMap((reader) => {
      const here = this.#here.get(reader);
      if (!here) return [];
      saved.set(here, here.own.feed.head);
      return [{ reader, own: headOf(here.own), since: here.since }];
    });
    await this.#change(
      rows,
      sql`
      with x as (select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(reader text, own text, since timestamptz)),
      gone as (
        delete from notification_readers r using x where r.reader = x.reader and r.node <> ${this.node} and not (
          r.is_current and exists (select 1 from notification_nodes n where n.node = r.node
            and n.seen_at > now() - make_interval(secs => ${NODE_TIMEOUT_SECONDS}))))
      insert into notification_readers (reader, node, is_current, own, since, seen_at)
      select reader, ${this.node}, true, own, since, now() from x order by reader
      on conflict (reader, node) do update set is_current = true, alerts = null, announcements = null, own = excluded.own,
        claimed_at = null, since = excluded.since, seen_at = now()`,
    );
    for (const { reader } of rows) this.#arrived.delete(reader);
    for (const [here, head] of saved) here.savedOwn = head;
    // Those who left before they were written down.
    for (const reader of readers) if (!this.#here.has(reader)) this.#arrived.delete(reader);
  }

  async #saveOwn(): Promise<void> {
    const moved = [...this.#moved].flatMap((reader) => {
      const here = this.#here.get(reader);
      const head = here?.own.feed.head;
      return here && head && head !== here.savedOwn ? [{ reader, here, head }] : [];
    });
    const rows = moved.map(({ reader, head }) => ({ reader, own: formatPosition(head) }));
    if (rows.length > 0)
      await this.#change(
        rows,
        sql`
        update notification_readers r set own = x.own, seen_at = now()
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(reader text, own text) where r.reader = x.reader and r.node = ${this.node}`,
      );
    for (const { here, head } of moved) here.savedOwn = head;
    for (const reader of this.#moved) {
      const here = this.#here.get(reader);
      if (!here || (here.savedOwn !== null && here.own.feed.head === here.savedOwn)) this.#moved.delete(reader);
    }
  }

  async #saveLeft(): Promise<void> {
    const left = [...this.#left];
    if (left.length === 0) return;
    const rows = left.map(([reader, heard]) => ({ reader, ...heard }));
    await this.#change(
      rows,
      sql`
      insert into notification_readers as r (reader, node, is_current, alerts, announcements, own, since, seen_at)
      select reader, ${this.node}, false, alerts, announcements, own, now(), now()
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(reader text, alerts text, announcements text, own text) order by reader
      on conflict (reader, node) do update set is_current = false, alerts = excluded.alerts, announcements = excluded.announcements,
        own = coalesce(excluded.own, r.own), claimed_at = null, seen_at = now()`,
    );
    for (const [reader, heard] of left) if (this.#left.get(reader) === heard) this.#left.delete(reader);
  }

  #change(rows: readonly { reader: string }[], statement: SQL): Promise<void> {
    return this.#deps.db.transaction(async (tx) => {
      await lockReaders(
        tx,
        rows.map(({ reader }) => reader),
      );
      await tx.execute(statement);
    });
  }
}

export const readerBoardOf = perProcess((deps: BoardDeps) => new ReaderBoard(deps));

/** A connection of a user who is up to date. */
export const enterAsReader = (deps: BoardDeps, reader: string, entrance?: Entrance): ReaderEntry =>
  readerBoardOf(deps).enter(reader, entrance);

const FLUSH_MS = 1_000;
/** Who comes and leaves is written down sooner; those of one moment together. */
const GATHER_MS = 50;

/** Every node writes down its own users. */
export const readersWorker: WorkerSpec = {
  name: "notifications.readers",
  lease: null,
  async run(ctx, signal) {
    const board = readerBoardOf(ctx);
    while (!signal.aborted) {
      const moved = new AbortController();
      // With a reason of its own: else each call makes an exception with its stack.
      board.onMoved = () => moved.abort(null);
      await pause(FLUSH_MS, AbortSignal.any([signal, moved.signal]));
      await pause(GATHER_MS, signal);
      await board.flush().catch((error) => ctx.log.error({ err: error }, "Failed to write down who is connected"));
    }
  },
};

/** Most readers whose rows one transaction deletes. */
const SWEPT_AT_ONCE = 1_000;

/**
 * Places are of use for a day; for a month they tell when a user was last here. Nodes go with the last of their users, and with a user the
 * log of their own that never held anything.
 */
export async function sweepReaders({ db }: Pick<Deps, "db">): Promise<void> {
  const isAlive = sql`exists (select 1 from notification_nodes n where n.node = r.node and n.seen_at > now() - interval '1 hour')`;
  for (let swept = SWEPT_AT_ONCE; swept === SWEPT_AT_ONCE; )
    swept = await db.transaction(async (tx) => {
      const gone = rowsOf<{ reader: string }>(
        await tx.execute(sql`
          delete from notification_readers where (reader, node) in (
            select reader, node from notification_readers r
            where seen_at < now() - interval '30 days' and not (is_current and ${isAlive}) limit ${SWEPT_AT_ONCE} for update skip locked)
          returning reader`),
      ).map(({ reader }) => reader);
      const logs = gone.map((reader) => toastsTopic.name(reader));
      await tx.execute(sql`
        delete from topic_heads where topic in (
          select topic from topic_heads where topic in ${textsIn(logs)} and head = 0 for update skip locked)`);
      return gone.length;
    });
  await db.execute(sql`
    delete from notification_nodes n where seen_at < now() - interval '1 hour'
      and not exists (select 1 from notification_readers r where r.node = n.node and r.is_current)`);
}
