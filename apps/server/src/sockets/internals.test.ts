import { once } from "node:events";
import { createServer } from "node:http";
import { Socket } from "node:net";
import { type Socket as Connection, Server as Engine } from "engine.io";
import { io } from "socket.io-client";
import { expect, it, onTestFinished } from "vitest";
import { listen } from "../adapters/test-server.ts";
import { frameOf } from "./frame.ts";
import { socketOf, streamOf } from "./internals.ts";
import { openPairs } from "./test-sockets.ts";

it("finds the stream that ws writes to", async () => {
  const pairs = await openPairs();
  onTestFinished(() => pairs.close());
  const { server, texts } = await pairs.open();
  const stream = streamOf(server);
  expect(stream).toBeInstanceOf(Socket);
  stream.write(frameOf("from the stream"));
  await texts.first((text) => text === "from the stream");
});

it.each(["websocket", "polling"] as const)("finds the socket below an Engine.IO connection over %s", async (name) => {
  const engine = new Engine({ transports: [name] });
  const server = createServer();
  engine.attach(server);
  const port = await listen(server);
  const opened = once(engine, "connection") as Promise<[Connection]>;
  const client = io(`http://127.0.0.1:${port}`, { path: "/engine.io/", transports: [name], reconnection: false });
  onTestFinished(() => {
    client.close();
    engine.close();
    server.close();
  });
  const socket = socketOf((await opened)[0]);
  if (name === "polling") expect(socket).toBeUndefined();
  else expect([socket?.bufferedAmount, typeof socket?.terminate]).toEqual([0, "function"]);
});
