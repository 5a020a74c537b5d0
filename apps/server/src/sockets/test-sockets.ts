import { once } from "node:events";
import type { Bus, LogEntry } from "@pult/api/realtime/bus.ts";
import { LogFeed } from "@pult/api/realtime/log-feed.ts";
import type { LogFeeds } from "@pult/api/realtime/log-feeds.ts";
import type { Position } from "@pult/api/realtime/position.ts";
import type { LogView } from "@pult/api/realtime/view.ts";
import { WebSocket, WebSocketServer } from "ws";
import { Mailbox } from "../../test/support/mailbox.ts";
import { streamOf } from "./internals.ts";

/** Both ends of a WebSocket over loopback. */
export interface Pair {
  /** The server's end. */
  server: WebSocket;
  client: WebSocket;
  /** Texts that the client got. */
  texts: Mailbox<string>;
  /** Resolves with the code that the client was closed with. */
  closed: Promise<number>;
}

/** Opens pairs on a server of their own. */
export async function openPairs() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const arrivals = new Map<string, (near: WebSocket) => void>();
  server.on("connection", (near, { url = "" }) => arrivals.get(url)?.(near));
  return {
    async open(): Promise<Pair> {
      const path = `/${arrivals.size}`;
      const arrived = new Promise<WebSocket>((resolve) => arrivals.set(path, resolve));
      const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: false });
      const texts = new Mailbox<string>();
      client.on("message", (data) => texts.push(String(data)));
      client.on("error", () => {});
      const closed = once(client, "close").then(([code]) => code as number);
      const [near] = await Promise.all([arrived, once(client, "open")]);
      near.on("error", () => {});
      return { server: near, client, texts, closed };
    },
    async close(): Promise<void> {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A log that every caller may read as it is. */
export const openLog = (topic: string, over: Partial<LogView<unknown, unknown>> = {}): LogView<unknown, unknown> => ({
  kind: "log",
  topic,
  viewer: "all",
  mayRead: () => true,
  present: (payload) => payload,
  snapshot: async () => null,
  ...over,
});

/** Stops reading, and fills what the kernel takes. */
export function stall({ server, client }: Pick<Pair, "server" | "client">): void {
  client.pause();
  const stream = streamOf(server);
  const ping = Buffer.concat([Buffer.from([0x8a, 125]), Buffer.alloc(125)]);
  const block = Buffer.concat(Array.from({ length: 512 }, () => ping));
  while (!stream.writableNeedDrain) stream.write(block);
}

/** Logs in memory behind real feeds, with the power to cut them and to be away. */
export class MemoryLogs implements LogFeeds {
  readonly #bus: Bus;
  readonly #feeds = new Map<string, LogFeed>();
  readonly #logs = new Map<string, { epoch: string; entries: LogEntry[] }>();
  /** What every read fails with. */
  failure: Error | null = null;
  opened = 0;
  reads = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  get size(): number {
    return this.#feeds.size;
  }

  append(topic: string, ...payloads: unknown[]): LogEntry[] {
    const log = this.#log(topic);
    const added = payloads.map((payload) => {
      const entry = { epoch: log.epoch, offset: log.entries.length + 1, payload };
      log.entries.push(entry);
      return entry;
    });
    this.#bus.publishLog(topic, added);
    return added;
  }

  /** Begins the log anew. */
  async restart(topic: string): Promise<void> {
    this.#logs.set(topic, { epoch: `${this.#log(topic).epoch}x`, entries: [] });
    await this.#feeds.get(topic)?.mend();
  }

  open(topic: string) {
    const feed = this.#feeds.get(topic) ?? this.#make(topic);
    this.#feeds.set(topic, feed);
    this.opened += 1;
    const close = () => {
      this.opened -= 1;
    };
    return { feed, close };
  }

  async verify(): Promise<void> {
    for (const [topic, feed] of this.#feeds) feed.check(this.#head(topic));
  }

  close(): void {}

  #log(topic: string) {
    const log = this.#logs.get(topic) ?? { epoch: "e", entries: [] };
    this.#logs.set(topic, log);
    return log;
  }

  #head(topic: string): Position {
    const { epoch, entries } = this.#log(topic);
    return { epoch, offset: entries.length };
  }

  #read<Read>(what: () => Read): Promise<Read> {
    this.reads += 1;
    return this.failure ? Promise.reject(this.failure) : Promise.resolve(what());
  }

  #make(topic: string): LogFeed {
    const feed = new LogFeed({
      readHead: () => this.#read(() => this.#head(topic)),
      readAfter: ({ epoch, offset }) =>
        this.#read(() => {
          const log = this.#log(topic);
          return log.epoch === epoch ? log.entries.slice(offset) : null;
        }),
      failed: () => {},
    });
    this.#bus.subscribeLog(topic, (entry) => feed.hear(entry));
    return feed;
  }
}
