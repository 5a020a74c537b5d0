import { randomBytes } from "node:crypto";
import type { Log } from "@pult/api/context.ts";
import { pause } from "@pult/api/pause.ts";
import { RedisChannels } from "./redis-channels.ts";
import { newRedisClient, type RedisClient, withinMs } from "./redis-client.ts";

/** A node's connections to Redis, kept up for all that use it. */
export interface RedisLink {
  /** Of this process, as others know it. */
  readonly node: string;
  /** Of every channel and key. Holds the database's number, which pub/sub does not know. */
  readonly prefix: string;
  /** For commands; null while Redis is away. */
  readonly client: RedisClient | null;
  /**
   * Sends without waiting. One that fails ends the connection, so whoever cares hears of it by `onUp`.
   * @param bytes roughly what it holds until Redis answered
   * @returns false when it was not sent
   */
  send(bytes: number, command: (client: RedisClient) => Promise<unknown>): boolean;
  /** Hears a channel while the link is up; one listener a channel. @returns leave */
  join(channel: string, listener: (message: string) => void): () => void;
  /** Channels in force from now on, on a link that is up. */
  onJoined(listener: (channels: string[]) => void): void;
  /** The link came up, with all channels in force. */
  onUp(listener: () => void): void;
  /** Resolves after the first attempt, however it went. */
  readonly tried: Promise<void>;
  close(): Promise<void>;
}

export interface RedisLinkOptions {
  url: string;
  log: Log;
  /** Default `pult:<database number>:`. */
  prefix?: string;
  /** How often Redis is asked whether it is there. Default 1 s. */
  pingMs?: number;
  /** How long it may take to answer. Default 3 s. */
  patienceMs?: number;
}

const MAX_UNANSWERED_BYTES = 16 * 1024 * 1024;
const MAX_WAIT_MS = 5_000;

interface Pair {
  client: RedisClient;
  subscriber: RedisClient;
  failed: Promise<never>;
  fail(error: unknown): void;
}

export function openRedisLink(options: RedisLinkOptions): RedisLink {
  const { url, log, pingMs = 1_000, patienceMs = 3_000 } = options;
  const { prefix = `pult:${Number(new URL(url).pathname.slice(1))}:` } = options;
  const node = randomBytes(9).toString("base64url");
  const closing = new AbortController();
  const tried = Promise.withResolvers<void>();
  const upListeners: (() => void)[] = [];
  const joinedListeners: ((channels: string[]) => void)[] = [];
  let pair: Pair | null = null;
  let up = false;
  let told = false;
  let unanswered = 0;
  const channels = new RedisChannels({
    onJoined(joined) {
      if (up) for (const listener of joinedListeners) listener(joined);
    },
    onFailed: (error) => pair?.fail(error),
  });

  async function live(): Promise<void> {
    const opened = openPair(url, `pult-${node}`);
    pair = opened;
    try {
      await withinMs(patienceMs, Promise.race([connect(opened), opened.failed]));
      await withinMs(patienceMs, Promise.race([channels.attach(opened.subscriber), opened.failed]));
      up = true;
      told = false;
      unanswered = 0;
      log.info({}, "Connected to Redis");
      for (const listener of upListeners) listener();
      tried.resolve();
      await Promise.race([keepAsking(opened), opened.failed]);
    } finally {
      up = false;
      channels.detach();
      pair = null;
      opened.client.destroy();
      opened.subscriber.destroy();
    }
  }

  async function keepAsking({ client, subscriber }: Pair): Promise<void> {
    while (!closing.signal.aborted) {
      await pause(pingMs, closing.signal);
      await withinMs(patienceMs, Promise.all([client.ping(), subscriber.ping()]));
    }
  }

  async function keepUp(): Promise<void> {
    let failures = 0;
    while (!closing.signal.aborted) {
      const began = Date.now();
      try {
        await live();
      } catch (error) {
        if (closing.signal.aborted) break;
        failures = Date.now() - began > MAX_WAIT_MS ? 0 : failures + 1;
        if (!told) log.warn({ reason: reasonOf(error) }, "Redis is away; this node works alone until it is back");
        told = true;
      }
      tried.resolve();
      const most = Math.min(MAX_WAIT_MS, 50 * 2 ** failures);
      await pause(most * (0.5 + Math.random() / 2), closing.signal);
    }
  }

  const running = keepUp();
  return {
    node,
    prefix,
    tried: tried.promise,
    get client() {
      return up ? (pair?.client ?? null) : null;
    },
    send(bytes, command) {
      if (!up || !pair) return false;
      const used = pair;
      if (unanswered + bytes > MAX_UNANSWERED_BYTES) {
        used.fail(new Error("Redis leaves too much unanswered"));
        return false;
      }
      unanswered += bytes;
      command(used.client).then(
        () => {
          if (used === pair) unanswered -= bytes;
        },
        (error) => used.fail(error),
      );
      return true;
    },
    join: (channel, listener) => channels.join(channel, listener),
    onJoined: (listener) => void joinedListeners.push(listener),
    onUp: (listener) => void upListeners.push(listener),
    async close() {
      closing.abort();
      pair?.fail(new Error("Closed"));
      await running;
    },
  };
}

function openPair(url: string, name: string): Pair {
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  // It may fail while nobody waits for it.
  failed.catch(() => {});
  const [client, subscriber] = [newRedisClient(url, name), newRedisClient(url, name)];
  for (const one of [client, subscriber]) {
    one.on("error", fail);
    one.on("end", () => fail(new Error("The connection ended")));
  }
  return { client, subscriber, failed, fail };
}

const connect = ({ client, subscriber }: Pair) => Promise.all([client.connect(), subscriber.connect()]);

/** Never the address, which may hold a password. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? String(error.code) : error.message;
}
