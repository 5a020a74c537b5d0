import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { findDomainError } from "@pult/api/errors.ts";
import { findSocketDoor, type SocketDoorName } from "../doors.ts";
import type { TrpcSockets } from "../gateways/trpc/sockets.ts";
import { clientAddress } from "../http/client-address.ts";
import type { Identified } from "../http/identify.ts";
import type { Origins } from "../http/origins.ts";

type Shown = Pick<IncomingMessage, "headers">;

export interface UpgradeOptions {
  origins: Origins;
  trustedProxies: readonly string[];
  trpc: TrpcSockets;
  /** Counts it, if it asks for a new connection. @throws DomainError `RATE_LIMITED` */
  greet(request: IncomingMessage, door: SocketDoorName): Promise<void>;
  /** Who the request shows itself to be; cookies count only with our own origin. @throws DomainError */
  identify(request: Shown & { ticket: string | null; ip: string }, cookies: boolean): Promise<Identified>;
  engine(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Development: Next's own reload socket is left to Next. */
  dev: boolean;
  /** The server stops: whoever comes now is to come to another. */
  closing(): boolean;
}

/** Every WebSocket upgrade: a foreign origin is refused, the rest goes by the table of doors. */
export function createUpgradeListener(options: UpgradeOptions) {
  const { origins, trpc } = options;

  function acceptTrpc(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ip = clientAddress(request, options.trustedProxies);
    const own = origins.check(request) === "own";
    // Only what shows who it is is kept as long as the socket.
    const { headers } = request;
    const shown: Shown = {
      headers: { authorization: headers.authorization, "x-api-key": headers["x-api-key"], cookie: headers.cookie },
    };
    const ticket = URL.parse(request.url ?? "/", "http://local")?.searchParams.get("ticket") ?? null;
    options.identify({ ...shown, ticket, ip }, own).then(
      ({ actor, again }) => trpc.accept({ request, socket, head, actor, ip, identify: again }),
      (error) => refuseFor(socket, error),
    );
  }

  const doors: Record<SocketDoorName, (request: IncomingMessage, socket: Duplex, head: Buffer) => void> = {
    trpc: acceptTrpc,
    socketIo: options.engine,
  };

  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = URL.parse(request.url ?? "/", "http://local")?.pathname ?? "";
    if (options.dev && path.startsWith("/_next/")) return;
    socket.on("error", () => socket.destroy());
    if (options.closing()) refuse(socket, 503, "Service Unavailable");
    else if (origins.check(request) === "foreign") refuse(socket, 403, "Forbidden");
    else {
      const door = findSocketDoor(path);
      if (!door) refuse(socket, 404, "Not Found");
      else
        options.greet(request, door).then(
          () => doors[door](request, socket, head),
          (error) => refuseFor(socket, error),
        );
    }
  };
}

function refuseFor(socket: Duplex, error: unknown): void {
  const known = findDomainError(error);
  if (!known) refuse(socket, 500, "Internal Server Error");
  else if (known.code === "RATE_LIMITED")
    refuse(socket, 429, "Too Many Requests", { "Retry-After": known.retryAfterSeconds ?? 1 });
  else refuse(socket, 401, "Unauthorized");
}

function refuse(socket: Duplex, status: number, words: string, more: Record<string, string | number> = {}): void {
  const headers = Object.entries({ Connection: "close", "Content-Length": 0, ...more });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  // A client that never ends its side would keep the connection.
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${words}\r\n${lines.join("")}\r\n`);
}
