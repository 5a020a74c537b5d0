import type { Bus, BusState, LogEntry } from "../realtime/bus.ts";
import { createMemoryBus } from "../realtime/memory-bus.ts";

/** The memory bus with what tests ask of it: who listens, what was published, and the power to lose it. */
export class TestBus implements Bus {
  readonly published: { topic: string; entry: LogEntry }[] = [];
  readonly latest: { topic: string; value: unknown }[] = [];
  readonly failures: unknown[] = [];
  /** While true, log entries are lost between publisher and listeners. */
  deaf = false;
  state: BusState = "alone";
  #listening = 0;
  readonly #gapListeners = new Set<(topics: readonly string[] | null) => void>();
  readonly #bus = createMemoryBus((error) => this.failures.push(error));

  /** How many are subscribed, over all topics. */
  get listening(): number {
    return this.#listening;
  }

  publishLog(topic: string, entries: readonly LogEntry[]): void {
    for (const entry of entries) this.published.push({ topic, entry });
    if (!this.deaf) this.#bus.publishLog(topic, entries);
  }

  subscribeLog(topic: string, listener: (entry: LogEntry) => void): () => void {
    return this.#count(this.#bus.subscribeLog(topic, listener));
  }

  publishLatest(topic: string, value: unknown): void {
    this.latest.push({ topic, value });
    this.#bus.publishLatest(topic, value);
  }

  subscribeLatest(topic: string, listener: (value: unknown) => void): () => void {
    return this.#count(this.#bus.subscribeLatest(topic, listener));
  }

  onGap(listener: (topics: readonly string[] | null) => void): () => void {
    const own = (topics: readonly string[] | null) => listener(topics);
    this.#gapListeners.add(own);
    return () => void this.#gapListeners.delete(own);
  }

  /** What the bus says after events of other nodes may have been lost. */
  announceGap(topics: readonly string[] | null = null): void {
    for (const listener of this.#gapListeners) listener(topics);
  }

  #count(leave: () => void): () => void {
    this.#listening += 1;
    let left = false;
    return () => {
      if (!left) this.#listening -= 1;
      left = true;
      leave();
    };
  }
}
