import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { toldErrorOf } from "@pult/api/errors.ts";
import type { Origins } from "../http/origins.ts";

export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  url: URL;
}

export interface UpgradeEndpoint {
  matches(url: URL): boolean;
  /** Takes the socket over, or leaves it and throws. @throws DomainError */
  accept(upgrade: Upgrade): Promise<void>;
}

export interface UpgradeOptions {
  origins: Origins;
  /** The first that matches takes the upgrade. */
  endpoints: readonly UpgradeEndpoint[];
  /** Development: Next's own reload socket is left to Next. */
  dev: boolean;
  /** The server stops: clients are to connect to another. */
  closing(): boolean;
}

/** Every WebSocket upgrade: a foreign origin is rejected, the rest goes to the endpoint of its path. */
export function createUpgradeListener({ origins, endpoints, dev, closing }: UpgradeOptions) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const url = URL.parse(request.url ?? "/", "http://local");
    if (dev && url?.pathname.startsWith("/_next/")) return;
    socket.on("error", destroy);
    const endpoint = url && endpoints.find((one) => one.matches(url));
    if (closing()) refuse(socket, 503, "Service Unavailable");
    else if (origins.check(request) === "foreign") refuse(socket, 403, "Forbidden");
    else if (!endpoint) refuse(socket, 404, "Not Found");
    else endpoint.accept({ request, socket, head, url }).catch((error) => refuseFor(socket, error));
  };
}

/** A listener that keeps nothing of the request. */
function destroy(this: Duplex): void {
  this.destroy();
}

/** The path, with or without a slash at its end. */
export const isAt = (path: string, { pathname }: URL): boolean => pathname === path || pathname === `${path}/`;

function refuseFor(socket: Duplex, error: unknown): void {
  const known = toldErrorOf(error);
  if (!known) refuse(socket, 500, "Internal Server Error");
  else if (known.code === "RATE_LIMITED")
    refuse(socket, 429, "Too Many Requests", { "Retry-After": known.retryAfterSeconds ?? 1 });
  else if (known.code === "UNAVAILABLE") refuse(socket, 503, "Service Unavailable");
  else if (known.code === "VALIDATION") refuse(socket, 400, "Bad Request");
  else refuse(socket, 401, "Unauthorized");
}

function refuse(socket: Duplex, status: number, words: string, more: Record<string, string | number> = {}): void {
  const headers = Object.entries({ Connection: "close", "Content-Length": 0, ...more });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  // A client that never ends its side would keep the connection.
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${words}\r\n${lines.join("")}\r\n`);
}
