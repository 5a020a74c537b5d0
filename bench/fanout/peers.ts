import { EventEmitter, on } from "node:events";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { initTRPC } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { Server as SocketServer } from "socket.io";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { listen } from "../../apps/server/src/address.ts";
import { frameOf } from "../../apps/server/src/sockets/frame.ts";
import type { Peer } from "./peer.ts";

/** What the product announces a trade with, in as many bytes. */
const tradeLike = (at: number) => ({
  type: "VIRTUAL_TRADE_EXECUTED",
  data: {
    trade: { userId: "bench-0", amount: "100000", price: "27.958993476", timestamp: Date.now(), isBuy: true },
    newReserves: { sol: String(30_000_000_000 + at * 99_000), token: "1073000000000000" },
    environmentId: "00000000-0000-4000-8000-000000000000",
  },
});

/** Bare `ws`: a frame built once and written to every socket. The floor. */
export async function openWsPeer(): Promise<Peer> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  const followers = new Map<number, Set<Socket>>();
  server.on("connection", (client: WebSocket) => {
    const stream = (client as unknown as { _socket: Socket })._socket;
    client.on("error", () => {});
    client.on("message", (data) => {
      const { topic } = JSON.parse(String(data));
      const set = followers.get(topic) ?? new Set();
      followers.set(topic, set.add(stream));
      client.send("following");
    });
  });
  const send = (topic: number, message: object) => {
    const frame = frameOf(JSON.stringify(message));
    for (const stream of followers.get(topic) ?? []) stream.write(frame);
  };
  let trades = 0;
  return {
    port: await listen(http, 0, "127.0.0.1"),
    publish: (topic, value) => send(topic, { type: "status", data: value }),
    async trade(topic) {
      const message = tradeLike(++trades);
      send(topic, message);
      return message.data.newReserves.sol;
    },
    queued: () => sum([...server.clients].map((client) => client.bufferedAmount)),
  };
}

/** Socket.IO with a room for each topic. */
export async function openSocketIoPeer(): Promise<Peer> {
  const http = createServer();
  const io = new SocketServer(http, { transports: ["websocket"], perMessageDeflate: false });
  io.on("connection", (socket) => {
    for (const topic of socket.handshake.auth.topics ?? []) void socket.join(`topic:${topic}`);
  });
  return {
    port: await listen(http, 0, "127.0.0.1"),
    publish: (topic, value) => io.to(`topic:${topic}`).emit("status", value),
    queued: () => 0,
  };
}

/** tRPC as it comes: an async iterator and an encoding for every subscriber. */
export async function openTrpcPeer(): Promise<Peer> {
  const t = initTRPC.create();
  const values = new EventEmitter();
  values.setMaxListeners(0);
  const router = t.router({
    status: t.procedure.input(z.object({ topic: z.number() })).subscription(async function* ({ input, signal }) {
      for await (const [value] of on(values, String(input.topic), signal ? { signal } : {})) yield value;
    }),
  });
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  applyWSSHandler({ wss: server, router });
  return {
    port: await listen(http, 0, "127.0.0.1"),
    publish: (topic, value) => void values.emit(String(topic), value),
    queued: () => sum([...server.clients].map((client) => client.bufferedAmount)),
  };
}

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);
