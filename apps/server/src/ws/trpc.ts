import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { sessionEndedTopic } from "@pult/api/auth/events.ts";
import type { Actor, Deps } from "@pult/api/context.ts";
import { DomainError } from "@pult/api/errors.ts";
import { appRouter } from "@pult/api/root.ts";
import type { TrpcContext } from "@pult/api/trpc.ts";
import { getWSConnectionHandler, jsonEncoder } from "@trpc/server/adapters/ws";
import { WebSocketServer } from "ws";
import { identifyToken } from "../http/identify.ts";
import { logTrpcError } from "../http/trpc-errors.ts";
import type { RateLimits } from "../rate-limits.ts";
import { SocketsPerUser } from "./sockets-per-user.ts";
import { CLOSE, SOCKET_LIMITS, TrpcGate } from "./trpc-gate.ts";

export interface TrpcSockets {
  /** Takes over an upgrade whose origin was checked. `actor` is who the request itself shows: a cookie, a header, or nobody. */
  accept(upgrade: { request: IncomingMessage; socket: Duplex; head: Buffer; actor: Actor; ip: string }): void;
  /** Tells every client to come back to another process; they keep this one until the new connection stands. */
  askToReconnect(): void;
  /** Closes what is still open. */
  close(): void;
  readonly size: number;
}

const PING_MS = 25_000;
const PONG_MS = 8_000;

/** tRPC over WebSocket, behind the limits of `TrpcGate`. */
export function createTrpcSockets({ deps, limits }: { deps: Deps; limits: RateLimits }): TrpcSockets {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: SOCKET_LIMITS.messageBytes,
    maxFragments: SOCKET_LIMITS.fragments,
  });
  const gates = new Set<TrpcGate>();
  const perUser = new SocketsPerUser();

  return {
    accept({ request, socket, head, actor, ip }) {
      server.handleUpgrade(request, socket, head, (client) => {
        const expectsParams = new URL(request.url ?? "/", "http://local").searchParams.get("connectionParams") === "1";
        let current = actor;
        const identified = Promise.withResolvers<void>();
        const gate = new TrpcGate({
          socket: client,
          expectsParams,
          identified: identified.promise,
          count: (calls) => limits.count({ actor: current, ip, door: "socket", calls }),
          log: (fields, message) => deps.log.debug(fields, message),
        });
        gates.add(gate);
        gate.once("close", () => gates.delete(gate));
        serve({
          deps,
          limits,
          gate,
          server,
          request,
          ip,
          actor,
          learn: (known) => {
            current = known;
            identified.resolve();
            perUser.add(known, gate, CLOSE.policy);
            closeWithSession(deps, known, gate);
          },
        });
      });
    },
    askToReconnect() {
      for (const gate of gates) gate.send(JSON.stringify({ id: null, method: "reconnect" }));
    },
    close() {
      for (const gate of gates) gate.close(CLOSE.restart, "Restarting");
    },
    get size() {
      return gates.size;
    },
  };
}

/** A session that ends closes what it opened. */
function closeWithSession({ bus }: Deps, actor: Actor, gate: TrpcGate): void {
  if (actor.kind !== "agent") return;
  const stop = bus.subscribeLatest(sessionEndedTopic.name(actor.sessionId), () =>
    gate.close(CLOSE.policy, "Signed out"),
  );
  gate.once("close", stop);
}

/** What tRPC is about to send. */
interface Answer {
  id?: string | number | null;
  error?: object;
  result?: { type: "data" | "started" | "stopped" };
}

interface Serving {
  deps: Deps;
  limits: RateLimits;
  gate: TrpcGate;
  server: WebSocketServer;
  request: IncomingMessage;
  ip: string;
  actor: Actor;
  learn(actor: Actor): void;
}

function serve({ deps, limits, gate, server, request, ip, actor, learn }: Serving): void {
  const stayUnknown = (error: unknown): never => {
    learn(actor);
    throw error;
  };
  const handler = getWSConnectionHandler({
    wss: server,
    router: appRouter,
    createContext: async ({ info }): Promise<TrpcContext> => {
      const token = info.connectionParams?.token;
      const known = token ? await identifyToken(deps, token, "trpc").catch(stayUnknown) : actor;
      learn(known);
      return {
        ...deps,
        actor: known,
        ip,
        userAgent: request.headers["user-agent"] ?? "",
        setSession: () => {
          throw new DomainError("VALIDATION", "Sign in and out over HTTP");
        },
        fansOut: false,
        limitSignIn: (email) => limits.countSignIn(ip, email),
      };
    },
    keepAlive: { enabled: true, pingMs: PING_MS, pongWaitMs: PONG_MS },
    maxBatchSize: 200,
    experimental_encoder: {
      encode(message) {
        const { id = null, error, result } = message as Answer;
        if (error) gate.answered(id, "error");
        else if (result) gate.answered(id, result.type);
        return jsonEncoder.encode(message);
      },
      decode: jsonEncoder.decode,
    },
    onError: (failure) => logTrpcError(deps.log, failure),
  });
  // The gate has every member that the handler uses; the type asks for all of ws.
  handler(gate as unknown as Parameters<typeof handler>[0], request);
}
