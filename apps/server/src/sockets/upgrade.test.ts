import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { DomainError } from "@pult/api/errors.ts";
import { expect, it, onTestFinished } from "vitest";
import { createUpgradeListener, type UpgradeOptions } from "./upgrade.ts";

/** A server that takes no socket over. */
async function serve(options: Partial<UpgradeOptions>) {
  const server = createServer();
  server.on(
    "upgrade",
    createUpgradeListener({
      origins: { check: ({ headers }) => (headers.origin === undefined ? "absent" : "foreign") },
      trustedProxies: [],
      trpc: { accept: () => expect.unreachable(), askToReconnect() {}, close() {}, size: 0 },
      greet: async () => {},
      identify: () => Promise.reject(new DomainError("UNAUTHORIZED", "Unauthorized")),
      engine: () => expect.unreachable(),
      dev: false,
      closing: () => false,
      ...options,
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return {
    /** Asks for a WebSocket and never ends its side. @returns the answer, when the server has ended its own */
    async ask(path: string, headers = ""): Promise<string> {
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      onTestFinished(() => void socket.destroy());
      socket.on("error", () => {});
      let answer = "";
      socket.on("data", (data) => {
        answer += String(data);
      });
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`);
      await once(socket, "end");
      return answer;
    },
    connections: () => new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count))),
  };
}

const tooMany = async () => {
  throw new DomainError("RATE_LIMITED", "Too many", { retryAfterSeconds: 7 });
};

it.each<[string, Partial<UpgradeOptions>, [path: string, headers?: string], RegExp]>([
  ["no door", {}, ["/nowhere"], /^HTTP\/1.1 404 /],
  ["a foreign origin", {}, ["/trpc", "Origin: https://evil.example\r\n"], /^HTTP\/1.1 403 /],
  ["a wrong token", {}, ["/trpc"], /^HTTP\/1.1 401 /],
  ["a server that stops", { closing: () => true }, ["/trpc"], /^HTTP\/1.1 503 /],
  ["too many handshakes", { greet: tooMany }, ["/trpc"], /^HTTP\/1.1 429 .*\r\nRetry-After: 7\r\n/s],
  ["too many of Socket.IO", { greet: tooMany }, ["/socket.io/?EIO=4"], /^HTTP\/1.1 429 /],
  ["what was not expected", { greet: () => Promise.reject(new Error("x")) }, ["/trpc"], /^HTTP\/1.1 500 /],
])(
  "createUpgradeListener refuses %s and keeps no connection that its client leaves open",
  async (_what, options, request, answer) => {
    const { ask, connections } = await serve(options);
    expect(await ask(...request)).toMatch(answer);
    await expect.poll(connections).toBe(0);
  },
);
