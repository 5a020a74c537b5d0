import type { Actor, Deps } from "@pult/api/context.ts";
import { DomainError } from "@pult/api/errors.ts";
import type { LogEntry } from "@pult/api/realtime/bus.ts";
import { appCustomer } from "@pult/api/support/customer.ts";
import { customerTopicOf } from "@pult/api/support/customer-service.ts";
import { customerKey } from "@pult/api/support/events.ts";
import type { StoredMessage } from "@pult/api/support/stored.ts";
import type { Server, Socket } from "socket.io";
import { identifyToken } from "../../http/identify.ts";
import type { RateLimits } from "../../rate-limits.ts";
import { customerFor, type LegacyAuth } from "./access.ts";
import { encodeError } from "./errors.ts";
import { SocketGuards } from "./socket-guards.ts";
import { decodeRoom, encodeMessage } from "./wire.ts";

export interface SupportSocketsOptions {
  deps: Deps;
  limits: RateLimits;
  legacyAuth: LegacyAuth;
  ipOf(socket: Socket): string;
  /** How long a connection of nobody may stand without a chat. Default 10 s. */
  joinWithinMs?: number;
}

const MAX_ROOMS_PER_SOCKET = 128;
const roomOf = (userId: string): string => `chat:${userId}`;

/** The Socket.IO half of the support protocol. @returns stop @see PROTOCOL.md */
export function attachSupportSockets(io: Server, options: SupportSocketsOptions): () => void {
  const { deps, limits, legacyAuth, ipOf, joinWithinMs } = options;
  const guards = new SocketGuards(deps, joinWithinMs);
  const rooms = new RoomFeeds(io, deps);

  io.use((socket, next) => {
    identifyToken(deps, handshakeToken(socket), "support").then(
      (actor) => {
        socket.data.actor = actor;
        next();
      },
      (error) => next(error instanceof DomainError ? new Error(error.message) : new Error("Internal server error")),
    );
  });

  io.on("connection", (socket) => {
    const joined = new Map<string, () => void>();
    const token = handshakeToken(socket);
    guards.watch(socket, {
      actor: socket.data.actor as Actor,
      identify: () => identifyToken(deps, token, "support"),
      changed(actor) {
        socket.data.actor = actor;
      },
      mayStay: (actor) => [...joined.keys()].every((userId) => mayJoin(actor, userId)),
      isIn: () => joined.size > 0,
    });

    socket.on("join_chat", (data: unknown) => {
      void guard(socket, async () => {
        const actor = socket.data.actor as Actor;
        const userId = decodeRoom(data);
        const customer = customerOf(actor, userId);
        await limits.count({ actor: actor.kind === "anonymous" ? customer : actor, ip: ipOf(socket), door: "support" });
        // Gone while it was counted: nothing would ever make it leave again.
        if (!socket.connected) return;
        if (joined.size >= MAX_ROOMS_PER_SOCKET)
          throw new DomainError("RATE_LIMITED", "Too many chats on one connection");
        if (!joined.has(userId)) joined.set(userId, enter(userId));
        await socket.join(roomOf(userId));
        socket.emit("joined", { user_id: userId });
      });
    });

    socket.on("leave_chat", (data: unknown) => {
      void guard(socket, async () => {
        const userId = decodeRoom(data);
        joined.get(userId)?.();
        joined.delete(userId);
        await socket.leave(roomOf(userId));
      });
    });

    socket.on("disconnect", () => {
      for (const leave of joined.values()) leave();
      joined.clear();
    });
  });

  const customerOf = (actor: Actor, userId: string) =>
    customerFor(actor, { userId, userName: null, access: "read" }, legacyAuth);

  function mayJoin(actor: Actor, userId: string): boolean {
    try {
      customerOf(actor, userId);
      return true;
    } catch {
      return false;
    }
  }

  function enter(userId: string): () => void {
    const leavePresence = deps.presence.enter(customerKey("app", userId));
    const leaveFeed = rooms.follow(userId);
    return () => {
      leavePresence();
      leaveFeed();
    };
  }

  async function guard(socket: Socket, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const known = encodeError(error);
      if (!known) deps.log.error({ err: error }, "A support socket event failed");
      socket.emit("error", { message: known?.body.error ?? "Internal server error" });
    }
  }

  return () => guards.close();
}

function handshakeToken(socket: Socket): string | null {
  const { auth, headers } = socket.handshake;
  if (typeof auth.token === "string" && auth.token !== "") return auth.token;
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "");
  if (bearer?.[1]) return bearer[1];
  const key = headers["x-api-key"];
  return typeof key === "string" ? key : null;
}

/** One bus subscription per customer with somebody in his room, however many sockets. */
class RoomFeeds {
  readonly #feeds = new Map<string, { followers: number; stop: () => void }>();
  readonly #io: Server;
  readonly #deps: Deps;

  constructor(io: Server, deps: Deps) {
    this.#io = io;
    this.#deps = deps;
  }

  follow(userId: string): () => void {
    const feed = this.#feeds.get(userId) ?? { followers: 0, stop: this.#start(userId) };
    feed.followers += 1;
    this.#feeds.set(userId, feed);
    return () => {
      feed.followers -= 1;
      if (feed.followers > 0) return;
      feed.stop();
      this.#feeds.delete(userId);
    };
  }

  #start(userId: string): () => void {
    return this.#deps.bus.subscribeLog(customerTopicOf(appCustomer(userId, null)), (entry: LogEntry) => {
      const event = entry.payload as { type: string; message?: StoredMessage };
      if (event.type !== "messageSent" || !event.message) return;
      this.#io.to(roomOf(userId)).emit("new_message", encodeMessage(event.message, this.#deps.mediaLinks));
    });
  }
}
