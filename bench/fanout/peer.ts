/** A server under measurement. Topics are numbered from 0; a connection says which it follows. */
export interface Peer {
  port: number;
  /** Sends the newest value of a topic to everybody who follows it. */
  publish(topic: number, value: object): void;
  /** Bytes that wait in user space; the next broadcast waits until they are few. */
  queued(): number;
}

export type PeerName = "lane" | "ws" | "socket.io" | "trpc" | "bun";

/** How a client connects to a peer, and what it says to follow topics. */
export function handshakeOf(name: PeerName): { path: string; follow(topics: number[]): string[] } {
  switch (name) {
    case "lane":
    case "trpc":
      return {
        path: "/trpc",
        follow: (topics) =>
          topics.map((topic, at) =>
            JSON.stringify({
              id: at + 1,
              method: "subscription",
              params: { path: "status", input: { topic } },
            }),
          ),
      };
    case "socket.io":
      return {
        path: "/socket.io/?EIO=4&transport=websocket",
        follow: (topics) => [`40${JSON.stringify({ topics })}`],
      };
    default:
      return { path: "/", follow: (topics) => topics.map((topic) => JSON.stringify({ topic })) };
  }
}
