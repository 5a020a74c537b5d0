import type { Actor } from "@pult/api/actor.ts";
import type { Deps } from "@pult/api/context.ts";
import { malformed, requestError } from "@pult/api/errors.ts";
import { customerKey } from "@pult/api/support/events.ts";
import type { Server, Socket } from "socket.io";
import { authorize, type EndpointPolicy, type LegacyAuth } from "../../authorize.ts";
import { decode } from "../../http/decode.ts";
import { headerToken, identifyHandshake, identifyToken } from "../../http/identify.ts";
import type { RateLimits } from "../../rate-limits.ts";
import type { TokenGuard } from "../../token-guard.ts";
import { admitCustomer, customerFor } from "./access.ts";
import { encodeError } from "./errors.ts";
import { RoomFeeds, roomOf } from "./room-feeds.ts";
import { SocketGuards } from "./socket-guards.ts";
import { roomBody } from "./wire.ts";

export interface SupportSocketsOptions {
  deps: Deps;
  limits: RateLimits;
  guard: TokenGuard;
  legacyAuth: LegacyAuth;
  ipOf(socket: Socket): string;
  /** How long a connection of nobody may stand without a chat. Default 10 s. */
  joinWithinMs?: number;
}

/** Every event that a client may emit. Any other is answered with an error. */
export const SUPPORT_EVENTS = {
  join_chat: { kind: "documented", scope: "support:read" },
  /** Leaving a chat that one is not in changes nothing. */
  leave_chat: { kind: "public" },
} as const satisfies Record<string, EndpointPolicy>;

type SupportEvent = keyof typeof SUPPORT_EVENTS;

const isSupportEvent = (event: string): event is SupportEvent => Object.hasOwn(SUPPORT_EVENTS, event);

const MAX_ROOMS_PER_SOCKET = 128;

/** A connection's stay in a customer's room. */
interface Entered {
  /** Resolves when nothing that happens there is missed any more. */
  ready: Promise<unknown>;
  leave(): void;
}

/** The Socket.IO half of the support protocol. @returns stop @see PROTOCOL.md */
export function attachSupportSockets(io: Server, options: SupportSocketsOptions): () => void {
  const { deps, limits, guard, legacyAuth, ipOf, joinWithinMs } = options;
  const guards = new SocketGuards(deps, joinWithinMs);
  const rooms = new RoomFeeds(io, deps);
  const greeted = new WeakSet<object>();

  /** A connection's first greeting was counted as its handshake; one that greets again asks for as much. */
  async function countGreeting(socket: Socket): Promise<void> {
    if (greeted.has(socket.conn)) await guard.countHandshake(ipOf(socket));
    greeted.add(socket.conn);
  }

  io.use((socket, next) => {
    const [ticket, token] = [handshakeTicket(socket), handshakeToken(socket)];
    const identify = () => identifyHandshake(deps, ticket, () => identifyToken(deps, token, "support"));
    const admit = () => guard.admit({ ip: ipOf(socket), token: ticket ?? token }, identify);
    countGreeting(socket)
      .then(admit)
      .then(
        ({ actor, again }) => {
          socket.data.actor = actor;
          socket.data.again = again;
          next();
        },
        (error) => next(encodeRefusal(error)),
      );
  });

  io.on("connection", (socket) => {
    const stay = openStay(socket, { ...options, rooms });
    guards.watch(socket, {
      actor: actorOf(socket),
      identify: socket.data.again as () => Promise<Actor>,
      changed(actor) {
        socket.data.actor = actor;
      },
      mayStay: stay.mayStay,
      isIn: stay.isIn,
    });
    // Instead of listeners: an unknown event never reaches the emitter.
    socket.use(([event, data]) => void attempt(socket, () => dispatch(socket, stay.handlers, { event, data })));
    socket.once("disconnect", stay.end);
  });

  async function dispatch(
    socket: Socket,
    handlers: Record<SupportEvent, (data: unknown) => Promise<void>>,
    { event, data }: { event: string; data: unknown },
  ): Promise<void> {
    // First, because what is refused or not understood has cost a call as well.
    await limits.count({ actor: actorOf(socket), ip: ipOf(socket), scope: "support" }).catch(async (error) => {
      // What is to be left is left all the same.
      if (event === "leave_chat") await handlers.leave_chat(data);
      throw error;
    });
    if (!isSupportEvent(event)) throw malformed("Unknown event");
    authorize(SUPPORT_EVENTS[event], actorOf(socket), legacyAuth);
    await handlers[event](data);
  }

  async function attempt(socket: Socket, work: () => Promise<void>): Promise<void> {
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

const actorOf = (socket: Socket): Actor => socket.data.actor as Actor;

/** What one connection does here: the chats that it has joined. */
function openStay(socket: Socket, { deps, limits, legacyAuth, rooms }: SupportSocketsOptions & { rooms: RoomFeeds }) {
  const joined = new Map<string, Entered>();

  function mayJoin(actor: Actor, userId: string): boolean {
    try {
      customerFor(actor, { userId, userName: null, access: "read" }, legacyAuth);
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

  const handlers: Record<SupportEvent, (data: unknown) => Promise<void>> = {
    async join_chat(data) {
      const userId = decode(roomBody, data).user_id;
      await admitCustomer(actorOf(socket), { userId, userName: null, access: "read" }, { limits, legacyAuth });
      // Gone while it was counted: nothing would ever make it leave again.
      if (!socket.connected) return;
      if (!joined.has(userId) && joined.size >= MAX_ROOMS_PER_SOCKET)
        throw requestError("tooManyAtOnce", {}, { message: "Too many chats on one connection" });
      const entered = joined.get(userId) ?? enter(userId);
      joined.set(userId, entered);
      await socket.join(roomOf(userId));
      await entered.ready;
      socket.emit("joined", { user_id: userId });
    },
    async leave_chat(data) {
      const userId = decode(roomBody, data).user_id;
      joined.get(userId)?.leave();
      joined.delete(userId);
      await socket.leave(roomOf(userId));
    },
  };

  return {
    handlers,
    /** Whether somebody may be in every chat that this connection has joined. */
    mayStay: (actor: Actor) => [...joined.keys()].every((userId) => mayJoin(actor, userId)),
    isIn: () => joined.size > 0,
    end() {
      for (const { leave } of joined.values()) leave();
      joined.clear();
    },
  };
}

/** Why a connection is refused; a client finds in `data` when to try again. */
function encodeRefusal(error: unknown): Error {
  const known = encodeError(error);
  const refusal = new Error(known?.body.error ?? "Internal server error");
  return Object.assign(refusal, known?.retryAfter ? { data: { retryAfterSeconds: known.retryAfter } } : {});
}

/** A browser that cannot show its token otherwise; good for the first connection only. */
function handshakeTicket({ handshake }: Socket): string | null {
  const { ticket } = handshake.query;
  return typeof ticket === "string" && ticket !== "" ? ticket : null;
}

function handshakeToken({ handshake }: Socket): string | null {
  const { token } = handshake.auth;
  return typeof token === "string" && token !== "" ? token : headerToken(handshake);
}
