import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A real HTTP peer for a test, on 127.0.0.1 and a free port; closes with `await using`. */
export interface TestServer extends AsyncDisposable {
  origin: string;
  port: number;
  /** Connections seen so far. */
  connections(): number;
}

export async function startTestServer(listener: RequestListener): Promise<TestServer> {
  const server: Server = createServer(listener);
  let seen = 0;
  server.on("connection", () => {
    seen += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
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
