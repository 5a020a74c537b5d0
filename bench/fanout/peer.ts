/** A server under measurement. Topics are numbered from 0; a connection says which it follows. */
export interface Peer {
  port: number;
  /** Sends the newest value of a topic to every follower. */
  publish(topic: number, value: object): void;
  /** Bytes that wait in user space; the next broadcast waits until they are few. */
  queued(): number;
  /** Calls back for each status that it sends by itself, with the status; absent where it sends what it is told. */
  onStatus?(listener: (status: { uptime: number }) => void): void;
  /** Rooms that it has opened, in the order of topics, where topics are rooms. */
  rooms?: string[];
  /** Makes a trade in a room, which its listeners are told of. @returns what the message names it by */
  trade?(topic: number): Promise<string>;
}

export type PeerName = "broadcaster" | "raw" | "miniApp" | "room" | "ws" | "socket.io" | "trpc";

/** How a client follows topics of a peer. */
interface Handshake {
  path: string | ((index: number) => string);
  /** @param as which connection it is, and the peer's rooms */
  follow(topics: number[], as: { index: number; rooms: string[] }): string[];
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
  // Documented: the status comes unasked, as soon as there is one.
  miniApp: { path: (index) => `/ws?user_id=${index + 1}`, follow: () => ['{"type":"ping"}'] },
  room: {
    path: "/ws",
    follow: (topics, { index, rooms }) =>
      topics.map((topic) =>
        JSON.stringify({
          type: "JOIN_ENVIRONMENT",
          data: { environmentId: rooms[topic], userId: `bench-listener-${index}` },
        }),
      ),
  },
  ws: { path: "/", follow: (topics) => topics.map((topic) => JSON.stringify({ topic })) },
  "socket.io": {
    path: "/socket.io/?EIO=4&transport=websocket",
    follow: (topics) => [`40${JSON.stringify({ topics })}`],
    // Engine.IO's greeting and Socket.IO's.
    answers: 2,
  },
};
