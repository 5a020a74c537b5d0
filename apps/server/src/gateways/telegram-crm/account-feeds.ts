import type { Actor } from "@pult/api/actor.ts";
import { identityOf } from "@pult/api/actor.ts";
import { type Viewer, viewerOf } from "@pult/api/chats/access.ts";
import { accountsTopic, chatsTopic, typingTopic } from "@pult/api/chats/events.ts";
import type { ChatsEvent } from "@pult/api/chats/schema.ts";
import { hideRecordsIn, signEvent } from "@pult/api/chats/store/present.ts";
import type { Deps } from "@pult/api/context.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Server } from "socket.io";

/** An account, and who sees it. */
interface Seen {
  id: string;
  owner: string;
  roles: string[];
}

interface Feed {
  /** Rooms of those who see the account. */
  rooms: string[];
  /** Resolves when everything from then on is heard. */
  ready: Promise<unknown>;
  stop(): void;
}

/** Callers of one identity have one room, and see the same. */
interface Room extends Pick<Viewer, "owner" | "roles"> {
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
    const { owner, roles } = viewerOf(actor);
    const room = this.#rooms.get(name) ?? { owner, roles, users: 0 };
    room.users += 1;
    this.#rooms.set(name, room);
    this.#stopListening ??= this.#deps.bus.subscribeLatest(accountsTopic.name("changed"), () => this.#readBehind());
    let isThere = true;
    return {
      room: name,
      ready: this.#read(),
      update: (now) => {
        const next = viewerOf(now);
        if (next.roles.join() === room.roles.join()) return;
        room.roles = next.roles;
        this.#readBehind();
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
    const rows = await this.#deps.db.execute(sql`
      select s.id, s.owner, coalesce((select jsonb_agg(role) from telegram_shares where session_id = s.id), '[]'::jsonb) as roles
      from telegram_sessions s`);
    this.#seen = rowsOf<Seen>(rows);
    this.#follow();
    await Promise.all([...this.#feeds.values()].map(({ ready }) => ready));
  }

  /** Follows what is seen by those who are there, and nothing else. */
  #follow(): void {
    const wanted = new Map<string, string[]>();
    for (const account of this.#seen) {
      const rooms = [...this.#rooms].filter(([, room]) => sees(room, account)).map(([name]) => name);
      if (rooms.length > 0) wanted.set(account.id, rooms);
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
    const { feeds, bus } = this.#deps;
    const emit = (event: string, payload: object, wanted: (room: string) => boolean = () => true) => {
      const rooms = (this.#feeds.get(id)?.rooms ?? []).filter(wanted);
      // Without a room it would go to everyone.
      if (rooms.length > 0) this.#io.to(rooms).emit(event, payload);
    };
    const tell = ({ type, ...event }: ChatsEvent) => {
      // The document knows no reactions.
      if (type === "messageReacted") return;
      if (type !== "chatUpdated") return emit(type, event);
      const hidden = hideRecordsIn({ type, ...event } as ChatsEvent);
      const { type: _, ...forCustomers } = hidden;
      emit(type, event, isOfStaff);
      emit(type, forCustomers, (room) => !isOfStaff(room));
    };
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
      bus.subscribeLatest(typingTopic.name(id), (value) => emit("typing", value as object)),
      close,
    ];
    const ready = feed.start(null);
    // Those who enter are told of this failure.
    ready.catch(() => {});
    return {
      rooms: [],
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

const sees = ({ owner, roles }: Room, account: Seen): boolean =>
  owner === null || owner === account.owner || account.roles.some((role) => roles.includes(role));
