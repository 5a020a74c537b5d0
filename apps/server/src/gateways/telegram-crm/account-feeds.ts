import type { Actor } from "@pult/api/actor.ts";
import { identityOf } from "@pult/api/actor.ts";
import { grantsFor, type Viewer, viewerOf } from "@pult/api/chats/access.ts";
import { accountsTopic, chatsTopic, grantsTopic, typingTopic } from "@pult/api/chats/events.ts";
import { type Access, accessIn, allows, type Grant, readGrants, seesAny } from "@pult/api/chats/grants.ts";
import type { ChatsEvent, TypingEvent } from "@pult/api/chats/schema.ts";
import { hideRecordsIn, limitEvent, signEvent } from "@pult/api/chats/store/present.ts";
import type { Deps } from "@pult/api/context.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Server } from "socket.io";

/** An account, and who sees it. */
interface Seen {
  id: string;
  owner: string;
  /** In the order of `PRECEDENCE`. */
  grants: readonly Grant[];
}

interface Feed {
  /** Rooms of those who see the account, with the grants by which they do; null where they see all of it. */
  rooms: Map<string, readonly Grant[] | null>;
  /** Resolves when everything from then on is heard. */
  ready: Promise<unknown>;
  stop(): void;
}

/** Callers of one identity have one room, and see the same. */
interface Room {
  viewer: Viewer;
  users: number;
}

export interface Place {
  readonly room: string;
  /** Resolves when nothing that happens is missed any more. */
  readonly ready: Promise<void>;
  /** The caller's rights changed. */
  update(actor: Actor): void;
  leave(): void;
}

/** Servers hear every account. */
const SERVERS = "servers";

/**
 * One follower for each account that connected callers see, however many they are: an event goes once to the room of each of them. Who sees
 * what is read again whenever accounts change.
 */
export class AccountFeeds {
  readonly #rooms = new Map<string, Room>();
  readonly #feeds = new Map<string, Feed>();
  readonly #io: Server;
  readonly #deps: Deps;
  #seen: readonly Seen[] = [];
  #reading: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #stopListening: (() => void) | null = null;

  constructor(io: Server, deps: Deps) {
    this.#io = io;
    this.#deps = deps;
  }

  enter(actor: Actor): Place {
    const name = roomOf(actor);
    const room = this.#rooms.get(name) ?? { viewer: this.#viewerOf(actor), users: 0 };
    room.users += 1;
    this.#rooms.set(name, room);
    this.#stopListening ??= this.#deps.bus.subscribeLatest(accountsTopic.name("changed"), () => this.#readBehind());
    let isThere = true;
    return {
      room: name,
      ready: this.#read(),
      update: (now) => {
        const next = this.#viewerOf(now);
        if (next.roles.join() === room.viewer.roles.join()) return;
        room.viewer = next;
        this.#follow();
      },
      leave: () => {
        if (!isThere) return;
        isThere = false;
        room.users -= 1;
        if (room.users > 0) return;
        this.#rooms.delete(name);
        this.#follow();
        if (this.#rooms.size > 0) return;
        this.#stopListening?.();
        this.#stopListening = null;
      },
    };
  }

  #viewerOf(actor: Actor): Viewer {
    return viewerOf({ actor, now: this.#deps.now });
  }

  #readBehind(): void {
    this.#read().catch((error: unknown) =>
      this.#deps.log.error({ err: error }, "Failed to read who sees which account"),
    );
  }

  /** Reads who sees what, after what is asked for now has begun; calls in between share it. */
  #read(): Promise<void> {
    this.#next ??= this.#reading
      .catch(() => {})
      .then(async () => {
        this.#next = null;
        this.#reading = this.#readNow();
        await this.#reading;
      });
    return this.#next;
  }

  async #readNow(): Promise<void> {
    const { db } = this.#deps;
    const rows = rowsOf<Omit<Seen, "grants"> & { isShared: boolean }>(
      await db.execute(sql`
        select s.id, s.owner, exists (select 1 from telegram_shares g where g.session_id = s.id) as "isShared" from telegram_sessions s`),
    );
    const seen: Seen[] = [];
    for (const { isShared, ...row } of rows)
      seen.push({ ...row, grants: isShared ? await readGrants(db, row.id) : [] });
    this.#seen = seen;
    this.#follow();
    await Promise.all([...this.#feeds.values()].map(({ ready }) => ready));
  }

  /** Those who lose sight of an account hear nothing of it from then on. */
  #regrant(id: string, grants: readonly Grant[]): void {
    this.#seen = this.#seen.map((account) => (account.id === id ? { ...account, grants } : account));
    this.#follow();
  }

  /** Follows what is seen by those who are there, and nothing else. */
  #follow(): void {
    const wanted = new Map<string, Feed["rooms"]>();
    for (const account of this.#seen) {
      const rooms = new Map<string, readonly Grant[] | null>();
      for (const [name, { viewer }] of this.#rooms) {
        const isOwn = viewer.owner === null || viewer.owner === account.owner;
        const grants = isOwn ? null : grantsFor(viewer, account.grants);
        if (grants === null || grants.length > 0) rooms.set(name, grants);
      }
      if (rooms.size > 0) wanted.set(account.id, rooms);
    }
    for (const [id, feed] of this.#feeds) {
      if (wanted.has(id)) continue;
      feed.stop();
      this.#feeds.delete(id);
    }
    for (const [id, rooms] of wanted) {
      const feed = this.#feeds.get(id) ?? this.#start(id);
      feed.rooms = rooms;
      this.#feeds.set(id, feed);
    }
  }

  #start(id: string): Feed {
    const { feeds, bus, now } = this.#deps;
    /** Says something to those who see it alike, once to each room. */
    const emit = (name: string, show: (room: string, access: (chatId: string) => Access) => object | null) => {
      const alike = new Map<string, { payload: object; rooms: string[] }>();
      for (const [room, grants] of this.#feeds.get(id)?.rooms ?? []) {
        if (grants && !seesAny(grants, now())) continue;
        const payload = show(room, (chatId) => (grants ? accessIn(grants, Number(chatId), now()) : "write"));
        if (!payload) continue;
        const key = grants === null ? String(isOfStaff(room)) : room;
        const group = alike.get(key) ?? { payload, rooms: [] };
        group.rooms.push(room);
        alike.set(key, group);
      }
      for (const { payload, rooms } of alike.values()) this.#io.to(rooms).emit(name, payload);
    };
    const tell = (event: ChatsEvent) => {
      // The document knows no reactions.
      if (event.type === "messageReacted") return;
      emit(event.type, (room, access) => {
        const grants = this.#feeds.get(id)?.rooms.get(room) ?? null;
        const shown = grants === null ? event : limitEvent(event, access);
        if (!shown) return null;
        const { type: _, ...payload } = isOfStaff(room) ? shown : hideRecordsIn(shown);
        return payload;
      });
    };
    const typed = (event: TypingEvent) =>
      emit("typing", (_, access) => (allows(access(event.chatId), "read") ? event : null));
    const { feed, close } = feeds.open(chatsTopic.name(id));
    const stops = [
      feed.listen({
        entries: (entries) => {
          for (const { payload } of entries) tell(signEvent(this.#deps, payload as ChatsEvent));
        },
        // This protocol cannot tell of a log that begins anew; its clients read the lists.
        restarted: () => {},
        verified: () => {},
      }),
      bus.subscribeLatest(typingTopic.name(id), (value) => typed(value as TypingEvent)),
      bus.subscribeLatest(grantsTopic.name(id), (value) => this.#regrant(id, value as Grant[])),
      close,
    ];
    const ready = feed.start(null);
    // Those who enter are told of this failure.
    ready.catch(() => {});
    return {
      rooms: new Map(),
      ready,
      stop() {
        for (const stop of stops) stop();
      },
    };
  }
}

/** Whether a room is of those who see the CRM: agents and servers. */
const isOfStaff = (room: string): boolean => room === `user:${SERVERS}` || room.startsWith("user:agent:");

const roomOf = (actor: Actor): string => `user:${identityOf(actor) ?? SERVERS}`;
