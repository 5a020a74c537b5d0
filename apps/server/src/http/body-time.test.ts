import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { listen } from "../adapters/test-server.ts";
import { limitBodyTime } from "./body-time.ts";

let server: Server;
let port: number;
beforeEach(async () => {
  server = createServer((request, response) => {
    limitBodyTime(request, 50);
    text(request).then(
      (body) => response.end(body),
      () => response.destroy(),
    );
  });
  port = await listen(server);
});
afterEach(() => server.close());

/** Sends half of a body and stops there. */
async function begin() {
  const socket = connect(port, "127.0.0.1");
  const arrived = once(server, "request") as Promise<[IncomingMessage]>;
  socket.write("POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n\r\nab");
  const answer = text(socket);
  await arrived;
  return { socket, answer };
}

it("ends a request whose body does not arrive in time, and no other", async () => {
  const quick = await begin();
  quick.socket.write("cd");
  expect(await quick.answer).toMatch(/abcd/);
  const { answer } = await begin();
  expect(await answer).toBe("");
});
