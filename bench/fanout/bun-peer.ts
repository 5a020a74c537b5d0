import type { Peer } from "./peer.ts";

/** The part of Bun's API that is used; its types are not among ours. */
interface BunApi {
  serve(options: {
    port: number;
    hostname: string;
    fetch(request: Request, server: { upgrade(request: Request): boolean }): Response | undefined;
    websocket: {
      message(socket: { subscribe(topic: string): void; send(text: string): void }, data: string): void;
      backpressureLimit: number;
    };
  }): { port: number; publish(topic: string, data: string): void };
}

/** Bun's own topics, under Bun. */
export async function openBunPeer(): Promise<Peer> {
  const bun = (globalThis as unknown as { Bun: BunApi }).Bun;
  const server = bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, own) => (own.upgrade(request) ? undefined : new Response("upgrade")),
    websocket: {
      message(socket, data) {
        socket.subscribe(String(JSON.parse(data).topic));
        socket.send("following");
      },
      backpressureLimit: 64 * 1024 * 1024,
    },
  });
  return {
    port: server.port,
    publish: (topic, value) => server.publish(String(topic), JSON.stringify({ type: "status", data: value })),
    queued: () => 0,
  };
}
