import type { IncomingMessage } from "node:http";
import { type Socket as Connection, Server as Engine } from "engine.io";
import { Server } from "socket.io";
import type { Gateway } from "../gateway.ts";
import { clientAddress } from "../http/client-address.ts";
import type { RealtimeCounters } from "../metrics/realtime-stats.ts";
import type { TokenGuard } from "../token-guard.ts";
import { socketOf } from "./engine-internals.ts";
import { MAX_QUEUED_BYTES } from "./socket-writer.ts";
import { isAt, type UpgradeEndpoint } from "./upgrade.ts";

export interface SocketIoLimits {
  /** Of one message. */
  readonly messageBytes: number;
  readonly pingMs: number;
  readonly pongMs: number;
  /** How long a connection may stand before it has joined Socket.IO's namespace. */
  readonly connectMs: number;
}

export interface SocketIoOptions {
  path: string;
  limits: SocketIoLimits;
  guard: Pick<TokenGuard, "countHandshake">;
  trustedProxies: readonly string[];
  counters: RealtimeCounters;
}

/** Socket.IO on a path of its own: engine, polling and WebSocket transports, counted handshakes, bounded queues. */
export class SocketIo {
  readonly io: Server;
  /** Serves the polling transport. */
  readonly gateway: Gateway;
  /** Serves the WebSocket transport. */
  readonly endpoint: UpgradeEndpoint;
  readonly engine: Engine;
  readonly #sessions = new Set<string>();
  readonly #options: SocketIoOptions;

  constructor(options: SocketIoOptions) {
    const { path, limits, counters } = options;
    this.#options = options;
    this.io = new Server({ serveClient: false, connectTimeout: limits.connectMs });
    // Both generations of the protocol, because clients were written years ago.
    const engine = new Engine({
      transports: ["polling", "websocket"],
      allowEIO3: true,
      maxHttpBufferSize: limits.messageBytes,
      pingInterval: limits.pingMs,
      pingTimeout: limits.pongMs,
      perMessageDeflate: false,
      httpCompression: false,
    });
    this.engine = engine;
    this.io.bind(engine);
    engine.on("connection", (connection: Connection) => this.#watch(connection, counters));
    const serve = engine.handleRequest.bind(engine) as (...args: unknown[]) => void;
    const upgrade = engine.handleUpgrade.bind(engine) as (...args: unknown[]) => void;
    const countHandshake = (request: IncomingMessage, url: URL) => this.#countHandshake(request, url);
    this.gateway = {
      name: "socket.io",
      prefixes: [path],
      routes(app) {
        const route = { methods: ["GET", "POST"], path: `${path}/*`, policy: { kind: "handshake" } } as const;
        app.route(route, async ({ request, response, url }) => {
          await countHandshake(request, url);
          serve(request, response);
        });
      },
    };
    this.endpoint = {
      matches: (url) => isAt(path, url),
      async accept({ request, socket, head, url }) {
        await countHandshake(request, url);
        upgrade(request, socket, head);
      },
    };
  }

  close(): void {
    this.io.disconnectSockets(true);
    this.engine.close();
  }

  #watch(connection: Connection, counters: RealtimeCounters): void {
    const { id } = connection as unknown as { readonly id: string };
    this.#sessions.add(id);
    counters.connections.socketIo += 1;
    connection.once("close", () => {
      this.#sessions.delete(id);
      counters.connections.socketIo -= 1;
    });
    boundQueue(connection, () => {
      counters.slowCloses += 1;
    });
  }

  /** Requests of an open connection, polling or changing over to a WebSocket, are no handshakes. @throws DomainError `RATE_LIMITED` */
  async #countHandshake(request: IncomingMessage, { searchParams }: URL): Promise<void> {
    // The last of several, as Engine.IO reads it.
    const sid = searchParams.getAll("sid").at(-1);
    if (sid !== undefined && this.#sessions.has(sid)) return;
    const { guard, trustedProxies } = this.#options;
    await guard.countHandshake(clientAddress(request, trustedProxies));
  }
}

/**
 * Ends the connection when more than `MAX_QUEUED_BYTES` wait for it: what engine.io keeps until its transport is free, and what the
 * transport's socket keeps. Counted as packets come and go, so a delivery costs an addition.
 */
function boundQueue(connection: Connection, slow: () => void): void {
  let waiting = 0;
  connection.on("packetCreate", ({ data }: { data?: string | ArrayBufferView }) => {
    if (data === undefined) return;
    // Text counts by its length: every connection in the room shares the string.
    waiting += typeof data === "string" ? data.length : data.byteLength;
    if (waiting + (socketOf(connection)?.bufferedAmount ?? 0) <= MAX_QUEUED_BYTES) return;
    slow();
    const socket = socketOf(connection);
    connection.close(true);
    // A client that reads nothing does not answer the close either.
    socket?.terminate();
  });
  // Everything that waited was passed to the transport.
  connection.on("flush", () => {
    waiting = 0;
  });
}
