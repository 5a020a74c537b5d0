import type { IncomingMessage } from "node:http";
import { type Socket as Connection, Server as Engine } from "engine.io";
import { Server } from "socket.io";
import type { Gateway, Handler, SocketIoProtocol } from "../gateway.ts";
import { clientAddress } from "../http/client-address.ts";
import type { Serving } from "../serving.ts";
import { socketOf } from "./internals.ts";
import { type SessionOptions, serveConnections } from "./socket-io-connections.ts";
import { isAt, type UpgradeEndpoint } from "./upgrade.ts";

export type SocketIoOptions = SessionOptions & Pick<Serving, "counters">;

/** Socket.IO for one gateway: an engine on the gateway's path, counted handshakes, bounded queues, guarded connections. */
export class SocketIo {
  readonly engine: Engine;
  readonly io: Server;
  /** Serves the polling transport. */
  readonly polling: Gateway;
  /** Serves the WebSocket transport. */
  readonly endpoint: UpgradeEndpoint;
  readonly #options: SocketIoOptions;
  readonly #sessions = new Set<string>();

  constructor(gateway: Gateway, protocol: SocketIoProtocol, options: SocketIoOptions) {
    const { path, limits } = protocol;
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
    options.counters.addGateway(gateway.name);
    engine.on("connection", (connection: Connection) => {
      this.#watch(connection, gateway.name);
      boundQueue(connection, { bytes: limits.queueBytes, slow: () => options.counters.countSlowClose(gateway.name) });
    });
    const serve = engine.handleRequest.bind(engine) as (...args: unknown[]) => void;
    const upgrade = engine.handleUpgrade.bind(engine) as (...args: unknown[]) => void;
    this.polling = pollingGateway(path, async ({ request, response, url }) => {
      await this.#countHandshake(request, url);
      serve(request, response);
    });
    this.endpoint = {
      matches: (url) => isAt(path, url),
      accept: async ({ request, socket, head, url }) => {
        await this.#countHandshake(request, url);
        upgrade(request, socket, head);
      },
    };
    serveConnections(this.io, { ...options, gateway, protocol });
  }

  close(): void {
    this.io.disconnectSockets(true);
    this.engine.close();
  }

  #watch(connection: Connection, name: string): void {
    const { counters } = this.#options;
    const { id } = connection as unknown as { readonly id: string };
    this.#sessions.add(id);
    counters.countConnection(name, 1);
    connection.once("close", () => {
      this.#sessions.delete(id);
      counters.countConnection(name, -1);
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

/** The route of the polling transport. */
export const pollingGateway = (path: string, handler: Handler): Gateway => ({
  name: `${path} polling`,
  prefixes: [path],
  routes: (app) => app.route({ methods: ["GET", "POST"], path: `${path}/*`, policy: { kind: "handshake" } }, handler),
});

/**
 * Ends the connection when more than `bytes` wait for it: what engine.io keeps until its transport is free, and what the
 * transport's socket keeps. Counted as packets come and go, so a delivery costs an addition.
 */
function boundQueue(connection: Connection, { bytes, slow }: { bytes: number; slow(): void }): void {
  let waiting = 0;
  connection.on("packetCreate", ({ data }: { data?: string | ArrayBufferView }) => {
    if (data === undefined) return;
    // Text counts by its length: every connection in the room shares the string.
    waiting += typeof data === "string" ? data.length : data.byteLength;
    if (waiting + (socketOf(connection)?.bufferedAmount ?? 0) <= bytes) return;
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
