import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Actor } from "@pult/api/actor.ts";
import type { Deps } from "@pult/api/context.ts";
import { Attachment } from "@pult/api/realtime/view.ts";
import type { TrpcContext } from "@pult/api/trpc.ts";
import type { AnyRouter } from "@trpc/server";
import { getWSConnectionHandler, jsonEncoder } from "@trpc/server/adapters/ws";
import { type WebSocket, WebSocketServer } from "ws";
import type { HttpOptions } from "../../http/app.ts";
import { clientAddress } from "../../http/client-address.ts";
import { headerToken, identify, identifyHandshake, identifyToken } from "../../http/identify.ts";
import type { RealtimeCounters } from "../../metrics/realtime-stats.ts";
import type { RateLimits } from "../../rate-limits.ts";
import { Broadcaster } from "../../sockets/broadcaster.ts";
import { CLOSE } from "../../sockets/close-codes.ts";
import { RightsWatch } from "../../sockets/rights-watch.ts";
import { WriteTick } from "../../sockets/socket-writer.ts";
import { ANONYMOUS_PER_NETWORK, SocketsPerNetwork } from "../../sockets/sockets-per-network.ts";
import { SocketsPerUser } from "../../sockets/sockets-per-user.ts";
import { isAt, type UpgradeEndpoint } from "../../sockets/upgrade.ts";
import type { TokenGuard } from "../../token-guard.ts";
import type { RequestId } from "./envelope.ts";
import { logTrpcError } from "./errors.ts";
import { SOCKET_LIMITS, TrpcSocket } from "./trpc-socket.ts";

export interface TrpcSockets {
  /** Takes over an upgrade whose origin was checked. */
  accept(upgrade: Upgrade): void;
  /** Tells every client to come back to another process; they keep this one until the new connection stands. */
  askToReconnect(): void;
  /** Closes what is still open. */
  close(): void;
  readonly size: number;
}

export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  /** Who the request itself shows: a cookie, a header, or nobody. */
  actor: Actor;
  ip: string;
  /** Asks again who the request shows. @throws DomainError `UNAUTHORIZED` */
  identify(): Promise<Actor>;
}

export interface TrpcSocketOptions {
  deps: Deps;
  limits: RateLimits;
  guard: TokenGuard;
  router: AnyRouter;
  counters: RealtimeCounters;
  /** Sockets of nobody that one network may have, 0 for any number. Default `ANONYMOUS_PER_NETWORK`. */
  anonymousPerNetwork?: number;
}

const BEAT_MS = 1_000;

/** tRPC over WebSocket: behind the limits of `TrpcSocket`, with subscriptions on the fan-out lane. */
export function createTrpcSockets(options: TrpcSocketOptions): TrpcSockets {
  const { deps, limits, counters } = options;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: SOCKET_LIMITS.messageBytes,
    maxFragments: SOCKET_LIMITS.fragments,
  });
  const failed = (error: unknown) => deps.log.error({ err: error }, "The fan-out lane failed");
  const tick = new WriteTick((lagMs) => counters.lag.observe(lagMs), failed);
  const lane = new Broadcaster({ bus: deps.bus, feeds: deps.feeds, tick, counters, failed });
  const rights = new RightsWatch(deps.bus, failed);
  const gates = new Set<TrpcSocket>();
  const perUser = new SocketsPerUser();
  const perNetwork = new SocketsPerNetwork(options.anonymousPerNetwork ?? ANONYMOUS_PER_NETWORK);
  let closed = false;
  counters.queuedBytes = () => sumQueues(gates);

  const heart = setInterval(() => {
    const now = Date.now();
    for (const gate of gates) gate.beat(now);
    rights.beat(now);
  }, BEAT_MS);
  heart.unref();

  function open(client: WebSocket, { request, actor, ip, identify }: Upgrade): void {
    const url = request.url ?? "/";
    let current = actor;
    const identified = Promise.withResolvers<void>();
    const gate = new TrpcSocket({
      socket: client,
      lane,
      tick,
      expectsParams: new URL(url, "http://local").searchParams.get("connectionParams") === "1",
      identified: identified.promise,
      count: (calls) => limits.count({ actor: current, ip, scope: "socket", calls }),
      mayRead: (view) => view.mayRead(current),
      slow: () => {
        counters.slowCloses += 1;
      },
      failed,
      log: (fields, message) => deps.log.debug(fields, message),
    });
    gates.add(gate);
    counters.connections.trpc += 1;
    gate.once("close", () => {
      gates.delete(gate);
      counters.connections.trpc -= 1;
    });
    serve(options, {
      gate,
      server,
      url,
      userAgent: request.headers["user-agent"] ?? "",
      ip,
      actor,
      learn(context, { again, isRight }) {
        current = context.actor;
        identified.resolve();
        // Gone while it was found out who it was: nothing would ever take it out of the lists again.
        if (gate.readyState !== 1) return;
        perUser.add(current, gate, CLOSE.policy);
        if (isRight && current.kind === "anonymous" && !perNetwork.admit(ip, gate))
          gate.close(CLOSE.policy, "Too many connections");
        rights.watch({
          gate,
          actor: current,
          identify: again ?? identify,
          changed(known) {
            current = known;
            context.actor = known;
          },
        });
      },
    });
  }

  return {
    accept(upgrade) {
      server.handleUpgrade(upgrade.request, upgrade.socket, upgrade.head, (client) => {
        // Who was still on the way when the server stopped is sent on like the others.
        if (closed) client.close(CLOSE.restart, "Restarting");
        else open(client, upgrade);
      });
    },
    askToReconnect() {
      for (const gate of gates) gate.send(JSON.stringify({ id: null, method: "reconnect" }));
    },
    close() {
      closed = true;
      clearInterval(heart);
      rights.close();
      for (const gate of gates) gate.close(CLOSE.restart, "Restarting");
    },
    get size() {
      return gates.size;
    },
  };
}

/** `/trpc`: the handshake shows who connects, by ticket, header or cookie; cookies count only with our own origin. */
export function trpcEndpoint(
  sockets: TrpcSockets,
  { deps, guard, origins, trustedProxies, secure }: Omit<HttpOptions, "limits" | "legacyAuth" | "closing">,
): UpgradeEndpoint {
  return {
    matches: (url) => isAt("/trpc", url),
    async accept({ request, socket, head, url }) {
      const ip = clientAddress(request, trustedProxies);
      await guard.countHandshake(ip);
      const cookies = origins.check(request) === "own";
      // Only what shows who it is is kept as long as the socket.
      const { authorization, cookie, "x-api-key": apiKey } = request.headers;
      const shown = { headers: { authorization, cookie, "x-api-key": apiKey } };
      const ticket = url.searchParams.get("ticket");
      const { actor, again } = await guard.admit({ ip, token: ticket ?? headerToken(shown) }, () =>
        identifyHandshake(deps, ticket, () => identify(deps, shown, { audience: "trpc", cookies, secure })),
      );
      sockets.accept({ request, socket, head, actor, ip, identify: again });
    },
  };
}

function sumQueues(gates: Iterable<TrpcSocket>): { total: number; max: number } {
  let total = 0;
  let max = 0;
  for (const { queued } of gates) {
    total += queued;
    if (queued > max) max = queued;
  }
  return { total, max };
}

/** What tRPC is about to send. */
interface Answer {
  id?: RequestId | null;
  jsonrpc?: string;
  error?: object;
  result?: { type: "data" | "started" | "stopped"; data?: unknown };
}

interface Serving {
  gate: TrpcSocket;
  server: WebSocketServer;
  url: string;
  userAgent: string;
  ip: string;
  actor: Actor;
  /** It is known whose socket this is. */
  learn(context: { actor: Actor }, shown: Shown): void;
}

interface Shown {
  /** Asks for the token anew; null when the request itself showed it. */
  again: (() => Promise<Actor>) | null;
  /** Not a wrong token, which tRPC refuses. */
  isRight: boolean;
}

/** Lets tRPC's own handler serve the gate. */
function serve({ deps, limits, guard, router }: TrpcSocketOptions, serving: Serving): void {
  const { gate, server, url, userAgent, ip, actor, learn } = serving;
  const handler = getWSConnectionHandler({
    wss: server,
    router,
    createContext: async ({ info }): Promise<TrpcContext> => {
      const context: TrpcContext = {
        ...deps,
        actor,
        ip,
        userAgent,
        fansOut: true,
        setSession: null,
        limitSignIn: (email) => limits.countSignIn(ip, email),
      };
      const token = info.connectionParams?.token;
      const again = token ? () => identifyToken(deps, token, "trpc") : null;
      let isRight = false;
      try {
        if (again) context.actor = await guard.admit({ ip, token: token ?? null }, again);
        isRight = true;
      } finally {
        learn(context, { again, isRight });
      }
      return context;
    },
    maxBatchSize: 200,
    experimental_encoder: { encode: (message) => encodeAnswer(gate, message as Answer), decode: jsonEncoder.decode },
    onError: (failure) => logTrpcError(deps.log, failure),
  });
  // The gate has every member that the handler uses; the types ask for all of ws and of the request, which need not be kept.
  handler(
    gate as unknown as Parameters<typeof handler>[0],
    { url, headers: {} } as unknown as Parameters<typeof handler>[1],
  );
}

/** @returns nothing when the client is to get nothing: an attachment goes to the lane, and does not end when its procedure does */
function encodeAnswer(gate: TrpcSocket, message: Answer): string {
  const { id = null, jsonrpc, error, result } = message;
  if (id !== null && result?.data instanceof Attachment) {
    gate.attach(id, jsonrpc, result.data);
    return "";
  }
  const state = error ? "error" : result?.type;
  if (state && !gate.answered(id, state)) return "";
  return String(jsonEncoder.encode(message));
}
