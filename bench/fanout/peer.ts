/** A server under measurement. Topics are numbered from 0; a connection says which it follows. */
export interface Peer {
  port: number;
  /** Sends the newest value of a topic to every follower. */
  publish(topic: number, value: object): void;
  /** Bytes that wait in user space; the next broadcast waits until they are few. */
  queued(): number;
}

export type PeerName = "broadcaster" | "raw" | "ws" | "socket.io" | "trpc" | "bun";

/** How a client follows topics of a peer. */
export interface Handshake {
  path: string;
  follow(topics: number[]): string[];
  /** Frames that say that it follows so many. */
  answers(topics: number): number;
}

export function handshakeOf(name: PeerName): Handshake {
  switch (name) {
    case "broadcaster":
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
        answers: (topics) => topics,
      };
    case "raw":
      return {
        path: "/raw",
        follow: (topics) => topics.map((topic) => JSON.stringify({ type: "follow", topic })),
        answers: (topics) => topics,
      };
    case "socket.io":
      return {
        path: "/socket.io/?EIO=4&transport=websocket",
        follow: (topics) => [`40${JSON.stringify({ topics })}`],
        // Engine.IO's greeting and Socket.IO's.
        answers: () => 2,
      };
    default:
      return {
        path: "/",
        follow: (topics) => topics.map((topic) => JSON.stringify({ topic })),
        answers: (topics) => topics,
      };
  }
}
