import type { Actor } from "@pult/api/actor.ts";
import { findDomainError, malformed, toldErrorOf } from "@pult/api/errors.ts";
import type { Server, Socket } from "socket.io";
import { authorize } from "../authorize.ts";
import type { Gateway, SocketIoProtocol, SocketIoSession } from "../gateway.ts";
import { clientAddress } from "../http/client-address.ts";
import { bareToken, headerToken, type Identified, identifyHandshake, identifyToken } from "../http/identify.ts";
import type { Serving } from "../serving.ts";
import { CLOSE } from "./close-codes.ts";
import type { RightsWatch } from "./rights-watch.ts";
import { SocketsPerUser } from "./socket-caps.ts";

export interface SessionOptions extends Pick<Serving, "deps" | "limits" | "guard" | "legacyAuth" | "trustedProxies"> {
  rights: RightsWatch;
}

interface ProtocolOptions extends SessionOptions {
  gateway: Gateway;
  protocol: SocketIoProtocol;
}

interface Entry {
  connection: { socket: Socket; actor: Actor };
  session: SocketIoSession;
  ip: string;
}

/** Identity, limits and rights of Socket.IO's connections, as raw sockets have them; they know no close codes and are disconnected. */
export function serveConnections(io: Server, serving: ProtocolOptions): void {
  const { deps, protocol, trustedProxies } = serving;
  const { idleMs, perUser } = protocol.limits;
  const openSession = protocol.start(io);
  const caps = new SocketsPerUser(perUser);
  const identify = createIdentify(serving);

  io.use((socket, next) => {
    admit(socket, { identify, serving }).then(
      () => next(),
      (error) => next(encodeRefusal(error, protocol)),
    );
  });

  io.on("connection", (socket) => {
    const { actor, again } = socket.data.identified as Identified;
    const connection = { socket, actor };
    const session = openSession(connection);
    const watched = watchedSocket(socket, session);
    caps.add(actor, watched, CLOSE.policy);
    serving.rights.watch({
      socket: watched,
      actor,
      identify: again,
      changed(known) {
        connection.actor = known;
      },
    });
    const entry = { connection, session, ip: clientAddress(socket.request, trustedProxies) };
    // Instead of listeners: an unknown event never reaches the emitter.
    socket.use(([event, ...given]) => {
      const { data, acknowledge } = argumentsOf(given);
      dispatch(entry, { event, data }, serving).then(
        (isKnown) => {
          if (isKnown && protocol.acknowledgement) acknowledge?.(protocol.acknowledgement.done);
        },
        (error) => {
          const known = toldErrorOf(error);
          if (!findDomainError(error)) deps.log.error({ err: error }, "A Socket.IO event failed");
          if (protocol.acknowledgement) acknowledge?.(protocol.acknowledgement.refuse(known));
          else socket.emit("error", { message: known?.message ?? "Internal server error" });
        },
      );
    });
    socket.once("disconnect", () => session.closed());
    if (actor.kind === "anonymous") disconnectIdle(socket, session, idleMs);
  });
}

/** @throws DomainError when the caller may not connect */
async function admit(
  socket: Socket,
  { identify, serving }: { identify: (socket: Socket) => Promise<Identified>; serving: ProtocolOptions },
): Promise<void> {
  const { protocol, legacyAuth, deps } = serving;
  const identified = await identify(socket);
  socket.data.identified = identified;
  if (!protocol.handshake) return;
  authorize(protocol.handshake.policy, identified.actor, legacyAuth);
  await protocol.handshake.admit(socket, identified.actor).catch((error: unknown) => {
    if (!findDomainError(error)) deps.log.error({ err: error }, "A Socket.IO connection could not be prepared");
    throw error;
  });
}

/** What an event carries, and the client's callback. */
function argumentsOf(given: readonly unknown[]) {
  const last = given.at(-1);
  const acknowledge = typeof last === "function" ? (last as (answer: unknown) => void) : null;
  const [data] = acknowledge ? given.slice(0, -1) : given;
  return { data, acknowledge };
}

/** Who the handshake shows. A connection's first handshake was counted as a request; one that repeats it is counted again. */
function createIdentify({
  deps,
  guard,
  gateway,
  trustedProxies,
}: ProtocolOptions): (socket: Socket) => Promise<Identified> {
  const { audience = "trpc" } = gateway;
  const seenConnections = new WeakSet<object>();
  return async (socket) => {
    const ip = clientAddress(socket.request, trustedProxies);
    if (seenConnections.has(socket.conn)) await guard.countHandshake(ip);
    seenConnections.add(socket.conn);
    const [ticket, token] = [handshakeTicket(socket), handshakeToken(socket)];
    return guard.admit({ ip, token: ticket ?? token }, () =>
      identifyHandshake(deps, ticket, () => identifyToken(deps, token, audience)),
    );
  };
}

/** @returns false for an event that is ignored */
async function dispatch(
  { connection, session, ip }: Entry,
  { event, data }: { event: string; data: unknown },
  { limits, gateway, protocol, legacyAuth }: ProtocolOptions,
): Promise<boolean> {
  const { actor } = connection;
  const { rateLimitScope: scope = "socket" } = gateway;
  // First, because an event that is rejected has cost a call as well.
  await limits.count({ actor, ip, scope }).catch(async (error) => {
    if (protocol.releases?.includes(event)) await session.event(event, data);
    throw error;
  });
  const policy = Object.hasOwn(protocol.policies, event) ? protocol.policies[event] : undefined;
  if (!policy && protocol.acknowledgement) return false;
  if (!policy) throw malformed("Unknown event");
  authorize(policy, connection.actor, legacyAuth);
  await session.event(event, data);
  return true;
}

const watchedSocket = (socket: Socket, session: SocketIoSession) => ({
  get readyState() {
    return socket.connected ? 1 : 3;
  },
  views: [{ mayRead: (actor: Actor) => session.mayStay(actor) }],
  close: () => void socket.disconnect(true),
  once: (_event: "close", listener: () => void) => socket.once("disconnect", listener),
});

function disconnectIdle(socket: Socket, session: SocketIoSession, idleMs: number): void {
  const timer = setTimeout(() => {
    if (session.isIdle()) socket.disconnect(true);
  }, idleMs).unref();
  socket.once("disconnect", () => clearTimeout(timer));
}

/** Why a connection is refused; a client finds in `data` when to try again. */
function encodeRefusal(error: unknown, { handshake }: SocketIoProtocol): Error {
  const known = toldErrorOf(error);
  const { retryAfterSeconds } = known ?? {};
  const isDenied = known?.code === "UNAUTHORIZED" || known?.code === "FORBIDDEN";
  const message = (isDenied && handshake?.refusal) || (known?.message ?? "Internal server error");
  const refusal = new Error(message);
  return Object.assign(refusal, retryAfterSeconds ? { data: { retryAfterSeconds } } : {});
}

/** For browsers, which cannot set headers; valid for the first connection only. */
function handshakeTicket({ handshake }: Socket): string | null {
  const { ticket } = handshake.query;
  return typeof ticket === "string" && ticket !== "" ? ticket : null;
}

function handshakeToken({ handshake }: Socket): string | null {
  const { auth, query } = handshake;
  const shown = [auth.token, headerToken(handshake), query.token];
  const token = shown.find((one) => typeof one === "string" && one !== "");
  return typeof token === "string" ? bareToken(token) : null;
}
