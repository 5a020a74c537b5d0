/** Who listens to what. One that throws is reported and does not keep the value from the others. */
export class Listeners<Value> {
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

  has(topic: string): boolean {
    return this.#byTopic.has(topic);
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
