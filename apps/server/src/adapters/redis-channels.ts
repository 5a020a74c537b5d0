import type { RedisClient } from "./redis-client.ts";

interface ChannelOptions {
  /** Channels that are in force from now on. */
  onJoined(channels: string[]): void;
  onFailed(error: unknown): void;
}

/**
 * The channels that have listeners here, brought into force on whatever connection there is. What Redis is told is always the
 * difference between what is wanted now and what was last confirmed, one exchange at a time, so no order of joining and leaving can end
 * in the wrong state.
 */
export class RedisChannels {
  readonly #wanted = new Map<string, (message: string) => void>();
  readonly #options: ChannelOptions;
  #session: Session | null = null;

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  /** One listener a channel. @returns leave */
  join(channel: string, listener: (message: string) => void): () => void {
    this.#wanted.set(channel, listener);
    this.#session?.touch(channel);
    return () => {
      if (this.#wanted.get(channel) !== listener) return;
      this.#wanted.delete(channel);
      this.#session?.touch(channel);
    };
  }

  /** Moves to a fresh connection; resolves when everything wanted is in force there. */
  async attach(subscriber: RedisClient): Promise<void> {
    const session = new Session(subscriber, this.#wanted, this.#options);
    this.#session = session;
    await session.reconcile([...this.#wanted.keys()]);
  }

  detach(): void {
    this.#session?.end();
    this.#session = null;
  }
}

/** One connection's subscriptions. */
class Session {
  readonly #subscriber: RedisClient;
  readonly #wanted: ReadonlyMap<string, (message: string) => void>;
  readonly #options: ChannelOptions;
  readonly #joined = new Set<string>();
  readonly #touched = new Set<string>();
  #busy = false;
  #ended = false;

  constructor(
    subscriber: RedisClient,
    wanted: ReadonlyMap<string, (message: string) => void>,
    options: ChannelOptions,
  ) {
    this.#subscriber = subscriber;
    this.#wanted = wanted;
    this.#options = options;
  }

  touch(channel: string): void {
    this.#touched.add(channel);
    if (this.#busy) return;
    this.#busy = true;
    setImmediate(() => this.reconcile().catch((error) => this.#ended || this.#options.onFailed(error)));
  }

  end(): void {
    this.#ended = true;
  }

  async reconcile(channels: Iterable<string> = []): Promise<void> {
    this.#busy = true;
    for (const channel of channels) this.#touched.add(channel);
    while (this.#touched.size > 0 && !this.#ended) {
      const touched = [...this.#touched];
      this.#touched.clear();
      const join = touched.filter((channel) => this.#wanted.has(channel) && !this.#joined.has(channel));
      const leave = touched.filter((channel) => !this.#wanted.has(channel) && this.#joined.has(channel));
      await Promise.all([
        leave.length > 0 ? this.#subscriber.unsubscribe(leave) : null,
        join.length > 0 ? this.#subscriber.subscribe(join, this.#hear) : null,
      ]);
      if (this.#ended) return;
      for (const channel of leave) this.#joined.delete(channel);
      for (const channel of join) this.#joined.add(channel);
      if (join.length > 0) this.#options.onJoined(join);
    }
    this.#busy = false;
  }

  readonly #hear = (message: string, channel: string): void => {
    if (!this.#ended) this.#wanted.get(channel)?.(message);
  };
}
