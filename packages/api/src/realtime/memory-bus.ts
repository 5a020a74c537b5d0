import type { Bus, LogEntry } from "./bus.ts";

/** The bus of a single node. Listeners are called in the publisher's turn; one that throws does not keep the event from the others. */
export function createMemoryBus(onListenerError: (error: unknown) => void = () => {}): Bus {
  const logs = new Listeners<LogEntry>(onListenerError);
  const latest = new Listeners<unknown>(onListenerError);
  return {
    publishLog(topic, entries) {
      for (const entry of entries) logs.emit(topic, entry);
    },
    subscribeLog: (topic, listener) => logs.add(topic, listener),
    publishLatest: (topic, value) => latest.emit(topic, value),
    subscribeLatest: (topic, listener) => latest.add(topic, listener),
  };
}

class Listeners<Value> {
  readonly #byTopic = new Map<string, Set<(value: Value) => void>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(topic: string, listener: (value: Value) => void): () => void {
    const own = (value: Value) => listener(value);
    const set = this.#byTopic.get(topic) ?? new Set();
    this.#byTopic.set(topic, set.add(own));
    return () => {
      set.delete(own);
      if (set.size === 0 && this.#byTopic.get(topic) === set) this.#byTopic.delete(topic);
    };
  }

  emit(topic: string, value: Value): void {
    for (const listener of this.#byTopic.get(topic) ?? []) {
      try {
        listener(value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
