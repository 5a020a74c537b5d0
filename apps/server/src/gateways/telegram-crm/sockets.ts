import type { Actor } from "@pult/api/actor.ts";
import { policyAllows } from "@pult/api/auth/policy.ts";
import { markRead, setTyping } from "@pult/api/chats/acts/presence.ts";
import { typingInput } from "@pult/api/chats/inputs.ts";
import { tellChatsError } from "@pult/api/chats/told.ts";
import type { Deps } from "@pult/api/context.ts";
import type { SocketIoConnection, SocketIoLimits, SocketIoProtocol, SocketIoSession } from "../../gateway.ts";
import { decode } from "../../http/decode.ts";
import { contextOf } from "../../http/identify.ts";
import { SOCKET_LIMITS } from "../../sockets/guarded-socket.ts";
import { AccountFeeds, type Place } from "./account-feeds.ts";
import { readBody } from "./wire.ts";

const { perUser, queueBytes, pingMs } = SOCKET_LIMITS;
export const TELEGRAM_SOCKET_LIMITS: SocketIoLimits = {
  perUser,
  queueBytes,
  pingMs,
  messageBytes: 64 * 1024,
  pongMs: 20_000,
  connectMs: 10_000,
  idleMs: 10_000,
};

const LISTEN = { kind: "customerOrStaff", scope: "chats:read" } as const;
const ACT = { kind: "customerOrStaff", scope: "chats:write" } as const;

/** The Socket.IO half of the Telegram CRM protocol. @see PROTOCOL.md */
export function telegramSockets(deps: Deps): SocketIoProtocol {
  const places = new WeakMap<object, Place>();
  let feeds: AccountFeeds | null = null;
  return {
    path: "/api/telegram/socket",
    limits: TELEGRAM_SOCKET_LIMITS,
    policies: { typing: ACT, read: ACT },
    handshake: {
      policy: LISTEN,
      refusal: "Authentication error",
      async admit(socket, actor) {
        const place = feeds?.enter(actor);
        if (!place) return;
        socket.conn.once("close", place.leave);
        places.set(socket, place);
        await place.ready;
      },
    },
    acknowledgement: { done: { ok: true }, refuse: (error) => ({ error: tellChatsError(error) }) },
    start(io) {
      feeds = new AccountFeeds(io, deps);
      return (connection) => new TelegramSession(connection, { deps, place: places.get(connection.socket) });
    },
  };
}

/** One connection: it hears what its caller sees from the beginning. */
class TelegramSession implements SocketIoSession {
  readonly #connection: SocketIoConnection;
  readonly #deps: Deps;
  readonly #place: Place | undefined;

  constructor(connection: SocketIoConnection, { deps, place }: { deps: Deps; place: Place | undefined }) {
    this.#connection = connection;
    this.#deps = deps;
    this.#place = place;
    if (place) void connection.socket.join(place.room);
  }

  async event(name: string, data: unknown): Promise<void> {
    const { socket, actor } = this.#connection;
    const ctx = contextOf(this.#deps, { request: socket.request, actor, ip: socket.handshake.address });
    if (name === "typing") await setTyping(ctx, decode(typingInput, data));
    else await markRead(ctx, decode(readBody, data));
  }

  mayStay(actor: Actor): boolean {
    if (!policyAllows(LISTEN, actor)) return false;
    this.#place?.update(actor);
    return true;
  }

  isIdle(): boolean {
    return false;
  }

  closed(): void {
    this.#place?.leave();
  }
}
