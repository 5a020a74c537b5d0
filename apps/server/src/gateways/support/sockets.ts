import type { Actor } from "@pult/api/actor.ts";
import { requestError } from "@pult/api/errors.ts";
import { customerKey } from "@pult/api/support/events.ts";
import type { SocketIoConnection, SocketIoLimits, SocketIoProtocol, SocketIoSession } from "../../gateway.ts";
import { decode } from "../../http/decode.ts";
import { SOCKET_LIMITS } from "../../sockets/guarded-socket.ts";
import { admitCustomer, customerFor, type SupportOptions } from "./access.ts";
import { RoomFeeds, roomOf } from "./room-feeds.ts";
import { roomBody } from "./wire.ts";

const { perUser, messageBytes, queueBytes, pingMs } = SOCKET_LIMITS;
export const SUPPORT_SOCKET_LIMITS: SocketIoLimits = {
  perUser,
  messageBytes,
  queueBytes,
  pingMs,
  pongMs: 20_000,
  connectMs: 10_000,
  idleMs: 10_000,
};
const MAX_ROOMS_PER_SOCKET = 128;

/** The Socket.IO half of the support protocol. @see PROTOCOL.md */
export const supportSockets = (options: SupportOptions): SocketIoProtocol => ({
  path: "/socket.io",
  limits: SUPPORT_SOCKET_LIMITS,
  policies: {
    join_chat: { kind: "documented", scope: "support:read" },
    /** Leaving a chat that one is not in changes nothing. */
    leave_chat: { kind: "public" },
  },
  releases: ["leave_chat"],
  start(io) {
    const rooms = new RoomFeeds(io, options.deps);
    return (connection) => new SupportSession(connection, { ...options, rooms });
  },
});

/** A connection's place in a customer's room. */
interface Joined {
  /** Resolves when nothing that happens there is missed any more. */
  ready: Promise<unknown>;
  leave(): void;
}

/** One connection: the chats that it has joined. */
class SupportSession implements SocketIoSession {
  readonly #joined = new Map<string, Joined>();
  readonly #connection: SocketIoConnection;
  readonly #options: SupportOptions & { rooms: RoomFeeds };

  constructor(connection: SocketIoConnection, options: SupportOptions & { rooms: RoomFeeds }) {
    this.#connection = connection;
    this.#options = options;
  }

  event(name: string, data: unknown): Promise<void> {
    const { user_id } = decode(roomBody, data);
    return name === "join_chat" ? this.#join(user_id) : this.#leave(user_id);
  }

  mayStay(actor: Actor): boolean {
    return [...this.#joined.keys()].every((userId) => this.#mayJoin(actor, userId));
  }

  isIdle(): boolean {
    return this.#joined.size === 0;
  }

  closed(): void {
    for (const { leave } of this.#joined.values()) leave();
    this.#joined.clear();
  }

  async #join(userId: string): Promise<void> {
    const { socket, actor } = this.#connection;
    await admitCustomer(actor, { userId, userName: null, access: "read" }, this.#options);
    // Closed while it was counted: nothing would make it leave again.
    if (!socket.connected) return;
    if (!this.#joined.has(userId) && this.#joined.size >= MAX_ROOMS_PER_SOCKET)
      throw requestError("tooManyAtOnce", {}, { message: "Too many chats on one connection" });
    const joined = this.#joined.get(userId) ?? this.#enter(userId);
    this.#joined.set(userId, joined);
    await socket.join(roomOf(userId));
    await joined.ready;
    socket.emit("joined", { user_id: userId });
  }

  async #leave(userId: string): Promise<void> {
    this.#joined.get(userId)?.leave();
    this.#joined.delete(userId);
    await this.#connection.socket.leave(roomOf(userId));
  }

  #enter(userId: string): Joined {
    const { deps, rooms } = this.#options;
    const leavePresence = deps.presence.enter(customerKey("app", userId));
    const { ready, leave } = rooms.follow(userId);
    return {
      ready,
      leave() {
        leavePresence();
        leave();
      },
    };
  }

  #mayJoin(actor: Actor, userId: string): boolean {
    try {
      customerFor(actor, { userId, userName: null, access: "read" }, this.#options.legacyAuth);
      return true;
    } catch {
      return false;
    }
  }
}
