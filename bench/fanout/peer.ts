/** A server under measurement. Topics are numbered from 0; a connection says which it follows. */
export interface Peer {
  port: number;
  /** Sends the newest value of a topic to every follower. */
  publish(topic: number, value: object): void;
  /** Bytes that wait in user space; the next broadcast waits until they are few. */
  queued(): number;
}

export type PeerName = "broadcaster" | "raw" | "ws" | "socket.io" | "trpc";

/** How a client follows topics of a peer. */
interface Handshake {
  path: string;
  follow(topics: number[]): string[];
  /** Frames that say that it follows; default one a topic. */
  answers?: number;
}

const trpc: Handshake = {
  path: "/trpc",
  follow: (topics) =>
    topics.map((topic, at) =>
      JSON.stringify({ id: at + 1, method: "subscription", params: { path: "status", input: { topic } } }),
    ),
};

export const HANDSHAKES: Record<PeerName, Handshake> = {
  broadcaster: trpc,
  trpc,
  raw: { path: "/raw", follow: (topics) => topics.map((topic) => JSON.stringify({ type: "follow", topic })) },
  ws: { path: "/", follow: (topics) => topics.map((topic) => JSON.stringify({ topic })) },
  "socket.io": {
    path: "/socket.io/?EIO=4&transport=websocket",
    follow: (topics) => [`40${JSON.stringify({ topics })}`],
    // Engine.IO's greeting and Socket.IO's.
    answers: 2,
  },
};
