import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { requestError } from "@pult/api/errors.ts";
import { expect, it, onTestFinished } from "vitest";
import { listen } from "../adapters/test-server.ts";
import { createUpgradeListener, isAt, type UpgradeEndpoint, type UpgradeOptions } from "./upgrade.ts";

/** An endpoint that takes no socket over. */
const endpoint = (refusal: Error): UpgradeEndpoint => ({
  matches: (url) => isAt("/raw", url),
  accept: () => Promise.reject(refusal),
});

/** A server that takes no socket over. */
async function serve(options: Partial<UpgradeOptions>) {
  const server = createServer();
  server.on(
    "upgrade",
    createUpgradeListener({
      origins: { check: ({ headers }) => (headers.origin === undefined ? "absent" : "foreign") },
      endpoints: [endpoint(requestError("unauthorized"))],
      dev: false,
      closing: () => false,
      ...options,
    }),
  );
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
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

const tooMany = requestError("rateLimited", { seconds: 7 }, { retryAfterSeconds: 7 });

it.each<[string, Partial<UpgradeOptions>, [path: string, headers?: string], RegExp]>([
  ["an unknown path", {}, ["/nowhere"], /^HTTP\/1.1 404 /],
  ["a path below a known one", {}, ["/raw//"], /^HTTP\/1.1 404 /],
  ["a foreign origin", {}, ["/raw", "Origin: https://evil.example\r\n"], /^HTTP\/1.1 403 /],
  ["a wrong token", {}, ["/raw"], /^HTTP\/1.1 401 /],
  ["a wrong token, with a slash at the end", {}, ["/raw/?x=1"], /^HTTP\/1.1 401 /],
  ["everything while the server stops", { closing: () => true }, ["/raw"], /^HTTP\/1.1 503 /],
  ["too many handshakes", { endpoints: [endpoint(tooMany)] }, ["/raw"], /^HTTP\/1.1 429 .*\r\nRetry-After: 7\r\n/s],
  ["an unexpected failure", { endpoints: [endpoint(new Error("x"))] }, ["/raw"], /^HTTP\/1.1 500 /],
])(
  "createUpgradeListener rejects %s and keeps no connection that its client leaves open",
  async (_what, options, request, answer) => {
    const { ask, connections } = await serve(options);
    expect(await ask(...request)).toMatch(answer);
    await expect.poll(connections).toBe(0);
  },
);
