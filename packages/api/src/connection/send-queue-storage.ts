import type { SendQueueStorage, StoredItem } from "./send-queue.ts";

/** Keeps what waits for as long as the program runs. */
export function memoryStore<Body, Reason>(): SendQueueStorage<Body, Reason> {
  const items = new Map<string, StoredItem<Body, Reason>>();
  return {
    load: () => [...items.values()],
    put: (item) => void items.set(item.clientId, item),
    remove: (clientId) => void items.delete(clientId),
  };
}

/** `localStorage` and its like. */
export interface KeyValueStorage {
  keys(): string[];
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** How an item is written; both ways must agree. */
export interface ItemCodec<Body, Reason> {
  encode(item: StoredItem<Body, Reason>): unknown;
  decode(stored: never): StoredItem<Body, Reason>;
}

/**
 * Keeps what waits as JSON under `prefix` and the client id.
 * @param codec when the stored form is another than the item itself
 */
export function storageStore<Body, Reason>(
  storage: KeyValueStorage,
  prefix: string,
  codec?: ItemCodec<Body, Reason>,
): SendQueueStorage<Body, Reason> {
  return {
    load() {
      try {
        return storage
          .keys()
          .filter((key) => key.startsWith(prefix))
          .flatMap((key) => {
            const stored = storage.getItem(key);
            if (!stored) return [];
            const parsed: unknown = JSON.parse(stored);
            return [codec ? codec.decode(parsed as never) : (parsed as StoredItem<Body, Reason>)];
          });
      } catch {
        // A storage that is closed to us, or holds what this program did not write, holds nothing to send.
        return [];
      }
    },
    put: (item) => storage.setItem(prefix + item.clientId, JSON.stringify(codec ? codec.encode(item) : item)),
    remove: (clientId) => storage.removeItem(prefix + clientId),
  };
}
