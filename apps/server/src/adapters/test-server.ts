import { createServer, type RequestListener, type Server } from "node:http";
import type { Server as NetServer } from "node:net";
import { listen as listenAt } from "../address.ts";

/** A real HTTP peer for a test, on 127.0.0.1 and a free port; closes with `await using`. */
export interface TestServer extends AsyncDisposable {
  origin: string;
  port: number;
  /** Connections seen so far. */
  connections(): number;
}

/** Listens on 127.0.0.1. @returns the port */
export const listen = (server: NetServer): Promise<number> => listenAt(server, 0, "127.0.0.1");

export async function startTestServer(listener: RequestListener): Promise<TestServer> {
  const server: Server = createServer(listener);
  let seen = 0;
  server.on("connection", () => {
    seen += 1;
  });
  const port = await listen(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    connections: () => seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
