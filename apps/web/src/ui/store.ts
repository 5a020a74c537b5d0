import { useSyncExternalStore } from "react";

/** A value that changes, with those who follow it. */
export class Store<Value> {
  readonly #listeners = new Set<() => void>();
  #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  readonly snapshot = (): Value => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(value: Value): void {
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }

  patch(fields: Partial<Value>): void {
    this.set({ ...this.#value, ...fields });
  }
}

/** The value of a store, or of anything that is followed like one. */
export const useStore = <Value>({ subscribe, snapshot }: Pick<Store<Value>, "subscribe" | "snapshot">): Value =>
  useSyncExternalStore(subscribe, snapshot, snapshot);
