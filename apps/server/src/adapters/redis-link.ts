import { randomBytes } from "node:crypto";
import type { Logger } from "@pult/api/logger.ts";
import { pause } from "@pult/api/pause.ts";
import { parseRedisAddress, prefixOf, type RedisAddress } from "./redis-address.ts";
import { RedisChannels } from "./redis-channels.ts";
import { newRedisClient, type RedisClient } from "./redis-client.ts";
import { locateServer, requireMaster } from "./redis-locate.ts";
import { withinMs } from "./within-ms.ts";

export interface RedisLinkOptions {
  /** @see parseRedisAddress */
  url: string;
  log: Logger;
  /** Default `pult:<database number>:`, in a cluster in braces. */
  prefix?: string;
  /** How often Redis is asked whether it is there. Default 1 s. */
  pingMs?: number;
  /** How long it may take to answer. Default 3 s. */
  patienceMs?: number;
}

const MAX_UNANSWERED_BYTES = 32 * 1024 * 1024;
/** What a command holds beside its text. */
const COMMAND_BYTES = 1_024;
const MAX_WAIT_MS = 5_000;

/** Two connections, because one that listens to channels cannot do much else. They live and end together. */
interface Pair {
  client: RedisClient;
  subscriber: RedisClient;
  failed: Promise<never>;
  fail(error: unknown): void;
}

/** A node's connections to Redis, kept up for all that use it. What is done while it is away is not done later. */
export class RedisLink {
  /** Of this process, as others know it. */
  readonly node = randomBytes(9).toString("base64url");
  /** Of every channel and key. Holds the database's number, which pub/sub does not know. */
  readonly prefix: string;
  /** Resolves after the first attempt, however it went. */
  readonly tried: Promise<void>;
  readonly #options: Required<Omit<RedisLinkOptions, "prefix">>;
  readonly #address: RedisAddress;
  readonly #closing = new AbortController();
  readonly #channels: RedisChannels;
  readonly #upListeners: (() => void)[] = [];
  readonly #joinedListeners: ((channels: string[]) => void)[] = [];
  readonly #running: Promise<void>;
  #pair: Pair | null = null;
  #up = false;
  /** The outage was logged. */
  #told = false;
  #unanswered = 0;

  constructor({ prefix, ...options }: RedisLinkOptions) {
    this.#options = { pingMs: 1_000, patienceMs: 3_000, ...options };
    this.#address = parseRedisAddress(options.url);
    this.prefix = prefix ?? prefixOf(this.#address);
    this.#channels = new RedisChannels({
      onJoined: (channels) => {
        if (this.#up) for (const listener of this.#joinedListeners) listener(channels);
      },
      onFailed: (error) => this.#pair?.fail(error),
    });
    const tried = Promise.withResolvers<void>();
    this.tried = tried.promise;
    this.#running = this.#keepUp(tried.resolve);
  }

  /** For commands; null while Redis is away. */
  get client(): RedisClient | null {
    return this.#up ? (this.#pair?.client ?? null) : null;
  }

  /**
   * Sends without waiting. One that fails ends the connection, and `onUp` follows.
   * @param length of the command's text, which is held until Redis answered
   * @returns false when it was not sent
   */
  send(length: number, command: (client: RedisClient) => Promise<unknown>): boolean {
    const pair = this.#pair;
    const bytes = length + COMMAND_BYTES;
    if (!this.#up || !pair) return false;
    if (this.#unanswered + bytes > MAX_UNANSWERED_BYTES) {
      pair.fail(new Error("Redis leaves too much unanswered"));
      return false;
    }
    this.#unanswered += bytes;
    const answered = () => {
      if (pair === this.#pair) this.#unanswered -= bytes;
    };
    command(pair.client).then(answered, pair.fail);
    return true;
  }

  /** Hears a channel while the link is up; one listener a channel. @returns leave */
  join(channel: string, listener: (message: string) => void): () => void {
    return this.#channels.join(channel, listener);
  }

  /** Channels in force from now on, on a link that is up. */
  onJoined(listener: (channels: string[]) => void): void {
    this.#joinedListeners.push(listener);
  }

  /** The link came up, with all channels in force. */
  onUp(listener: () => void): void {
    this.#upListeners.push(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#pair?.fail(new Error("Closed"));
    await this.#running;
  }

  async #keepUp(tried: () => void): Promise<void> {
    const { signal } = this.#closing;
    let failures = 0;
    while (!signal.aborted) {
      const began = Date.now();
      const reason = reasonOf(await this.#live(tried).catch((error: unknown) => error));
      tried();
      if (signal.aborted) break;
      failures = Date.now() - began > MAX_WAIT_MS ? 0 : failures + 1;
      if (!this.#told) this.#options.log.warn({ reason }, "Redis is away; this node works alone until it is back");
      this.#told = true;
      const most = Math.min(MAX_WAIT_MS, 50 * 2 ** failures);
      await pause(most * (0.5 + Math.random() / 2), signal);
    }
  }

  /** One life of the connections. @throws what ended it */
  async #live(tried: () => void): Promise<void> {
    const { patienceMs } = this.#options;
    const pair = openPair(await locateServer(this.#address, patienceMs), `pult-${this.node}`);
    this.#pair = pair;
    try {
      await withinMs(patienceMs, Promise.race([pair.failed, pair.client.connect()]));
      await withinMs(patienceMs, Promise.race([pair.failed, pair.subscriber.connect()]));
      if (this.#address.kind !== "server") await withinMs(patienceMs, requireMaster(pair.client));
      await withinMs(patienceMs, Promise.race([pair.failed, this.#channels.attach(pair.subscriber)]));
      this.#rise();
      tried();
      await Promise.race([pair.failed, this.#keepAsking(pair)]);
    } finally {
      this.#up = false;
      this.#pair = null;
      this.#channels.detach();
      pair.client.destroy();
      pair.subscriber.destroy();
    }
  }

  #rise(): void {
    this.#up = true;
    this.#told = false;
    this.#unanswered = 0;
    this.#options.log.info({}, "Connected to Redis");
    for (const listener of this.#upListeners) listener();
  }

  /** A Redis that hangs keeps its connections open and says nothing. */
  async #keepAsking({ client, subscriber }: Pair): Promise<void> {
    const { pingMs, patienceMs } = this.#options;
    while (!this.#closing.signal.aborted) {
      await pause(pingMs, this.#closing.signal);
      await withinMs(patienceMs, Promise.all([client.ping(), subscriber.ping()]));
    }
  }
}

function openPair(url: string, name: string): Pair {
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  // It may fail before it is awaited.
  failed.catch(() => {});
  const [client, subscriber] = [newRedisClient(url, name), newRedisClient(url, name)];
  for (const one of [client, subscriber]) {
    one.on("error", fail);
    one.on("end", () => fail(new Error("The connection ended")));
  }
  return { client, subscriber, failed, fail };
}

/** Never the address, which may hold a password. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? String(error.code) : error.message;
}
