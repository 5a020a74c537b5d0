import type { IncomingMessage } from "node:http";
import type { Server as Engine } from "engine.io";
import type { SocketDoorName } from "../doors.ts";
import { clientAddress } from "../http/client-address.ts";
import type { TokenGuard } from "../token-guard.ts";

/** What is used of Engine.IO's connection. */
interface Connection {
  readonly id: string;
  once(event: "close", listener: () => void): unknown;
}

export interface Handshakes {
  /**
   * Counts what asks for a new connection against its address, whichever door and transport it is. What goes on with a connection of
   * Socket.IO that stands, by polling or by changing over to a WebSocket, is no handshake.
   * @throws DomainError `RATE_LIMITED`
   */
  greet(request: IncomingMessage, door: SocketDoorName): Promise<void>;
}

export function createHandshakes(options: {
  engine: Engine;
  guard: Pick<TokenGuard, "greet">;
  trustedProxies: readonly string[];
}): Handshakes {
  const { engine, guard, trustedProxies } = options;
  const standing = new Set<string>();
  engine.on("connection", (connection: Connection) => {
    const { id } = connection;
    standing.add(id);
    connection.once("close", () => standing.delete(id));
  });
  return {
    async greet(request, door) {
      const sid = door === "socketIo" ? sessionOf(request) : null;
      if (sid !== null && standing.has(sid)) return;
      await guard.greet(clientAddress(request, trustedProxies));
    },
  };
}

/** The last of several, as Engine.IO reads it. */
function sessionOf({ url = "/" }: IncomingMessage): string | null {
  return URL.parse(url, "http://local")?.searchParams.getAll("sid").at(-1) ?? null;
}
