/** Who is connected to this node, counted by connection. Keys are `agent:<id>` or `<channel>:<customer id>`. */
export interface Presence {
  /** @returns leave, to be called once when the connection ends */
  enter(key: string): () => void;
  isOnline(key: string): boolean;
  /** Calls back with the keys that came or went. */
  onChange(listener: (key: string, online: boolean) => void): () => void;
}

export function createMemoryPresence(): Presence {
  const counts = new Map<string, number>();
  const listeners = new Set<(key: string, online: boolean) => void>();
  const announce = (key: string, online: boolean) => {
    for (const listener of listeners) listener(key, online);
  };

  function leave(key: string): void {
    const left = (counts.get(key) ?? 1) - 1;
    if (left > 0) {
      counts.set(key, left);
      return;
    }
    counts.delete(key);
    announce(key, false);
  }

  return {
    enter(key) {
      const before = counts.get(key) ?? 0;
      counts.set(key, before + 1);
      if (before === 0) announce(key, true);
      let entered = true;
      return () => {
        if (!entered) return;
        entered = false;
        leave(key);
      };
    },
    isOnline: (key) => counts.has(key),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
