import type { KeptOutgoing, OutboxKeep } from "./customer-outbox.ts";

const DATABASE = "pult-mini-app";
const STORE = "outgoing";

function promised<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The browser's store does not answer"));
  });
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ["userId", "clientId"] });
  return promised(request);
}

/** Unsent messages of one user in IndexedDB, which keeps photos as they are. Every call rejects where the browser keeps nothing. */
export function createOutboxKeep(userId: () => string): OutboxKeep {
  let database: Promise<IDBDatabase> | null = null;
  const store = async (mode: IDBTransactionMode) => {
    database ??= open();
    return (await database).transaction(STORE, mode).objectStore(STORE);
  };
  return {
    async put(item) {
      await promised((await store("readwrite")).put({ ...item, userId: userId() }));
    },
    async remove(clientId) {
      await promised((await store("readwrite")).delete([userId(), clientId]));
    },
    async all() {
      const mine = IDBKeyRange.bound([userId()], [userId(), []]);
      const rows: (KeptOutgoing & { userId: string })[] = await promised((await store("readonly")).getAll(mine));
      return rows;
    },
  };
}
