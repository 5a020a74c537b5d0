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

/** Earlier versions called an item's queue its lane. */
const readItem = <Body, Reason>({
  lane,
  ...item
}: StoredItem<Body, Reason> & { lane?: string }): StoredItem<Body, Reason> =>
  lane === undefined ? item : { ...item, queue: lane };

/** Keeps what waits as JSON under `prefix` and the client id. */
export function storageStore<Body, Reason>(storage: KeyValueStorage, prefix: string): SendQueueStorage<Body, Reason> {
  return {
    load() {
      try {
        return storage
          .keys()
          .filter((key) => key.startsWith(prefix))
          .flatMap((key) => {
            const stored = storage.getItem(key);
            return stored ? [readItem<Body, Reason>(JSON.parse(stored))] : [];
          });
      } catch {
        // A storage that is closed to us, or holds what this program did not write, holds nothing to send.
        return [];
      }
    },
    put: (item) => storage.setItem(prefix + item.clientId, JSON.stringify(item)),
    remove: (clientId) => storage.removeItem(prefix + clientId),
  };
}
