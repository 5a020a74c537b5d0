import type { Actor, Deps } from "@pult/api/context.ts";
import { DomainError } from "@pult/api/errors.ts";
import { customerKey } from "@pult/api/support/events.ts";
import type { Server, Socket } from "socket.io";
import { identifyHandshake, identifyToken } from "../../http/identify.ts";
import type { RateLimits } from "../../rate-limits.ts";
import { customerFor, type LegacyAuth } from "./access.ts";
import { encodeError } from "./errors.ts";
import { RoomFeeds, roomOf } from "./room-feeds.ts";
import { SocketGuards } from "./socket-guards.ts";
import { decodeRoom } from "./wire.ts";

export interface SupportSocketsOptions {
  deps: Deps;
  limits: RateLimits;
  legacyAuth: LegacyAuth;
  ipOf(socket: Socket): string;
  /** How long a connection of nobody may stand without a chat. Default 10 s. */
  joinWithinMs?: number;
}

const MAX_ROOMS_PER_SOCKET = 128;

/** A connection's stay in a customer's room. */
interface Entered {
  /** Resolves when nothing that happens there is missed any more. */
  ready: Promise<unknown>;
  leave(): void;
}

/** The Socket.IO half of the support protocol. @returns stop @see PROTOCOL.md */
export function attachSupportSockets(io: Server, options: SupportSocketsOptions): () => void {
  const { deps, limits, legacyAuth, ipOf, joinWithinMs } = options;
  const guards = new SocketGuards(deps, joinWithinMs);
  const rooms = new RoomFeeds(io, deps);

  io.use((socket, next) => {
    const token = handshakeToken(socket);
    identifyHandshake(deps, handshakeTicket(socket), () => identifyToken(deps, token, "support")).then(
      ({ actor, again }) => {
        socket.data.actor = actor;
        socket.data.again = again;
        next();
      },
      (error) => next(error instanceof DomainError ? new Error(error.message) : new Error("Internal server error")),
    );
  });

  io.on("connection", (socket) => {
    const joined = new Map<string, Entered>();
    guards.watch(socket, {
      actor: socket.data.actor as Actor,
      identify: socket.data.again as () => Promise<Actor>,
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
        const entered = joined.get(userId) ?? enter(userId);
        joined.set(userId, entered);
        await socket.join(roomOf(userId));
        await entered.ready;
        socket.emit("joined", { user_id: userId });
      });
    });

    socket.on("leave_chat", (data: unknown) => {
      void guard(socket, async () => {
        const userId = decodeRoom(data);
        joined.get(userId)?.leave();
        joined.delete(userId);
        await socket.leave(roomOf(userId));
      });
    });

    socket.on("disconnect", () => {
      for (const { leave } of joined.values()) leave();
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

  function enter(userId: string): Entered {
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

/** A browser that cannot show its token otherwise; good for the first connection only. */
function handshakeTicket({ handshake }: Socket): string | null {
  const { ticket } = handshake.query;
  return typeof ticket === "string" && ticket !== "" ? ticket : null;
}

function handshakeToken(socket: Socket): string | null {
  const { auth, headers } = socket.handshake;
  if (typeof auth.token === "string" && auth.token !== "") return auth.token;
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "");
  if (bearer?.[1]) return bearer[1];
  const key = headers["x-api-key"];
  return typeof key === "string" ? key : null;
}
