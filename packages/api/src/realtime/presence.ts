import { PresenceBoard } from "./presence-board.ts";

/** Who is connected, and entries about members of rooms that expire, over all nodes. Answers come from memory. */
export interface Presence {
  /** Counted by connection; keys are `agent:<id>` or `<channel>:<customer id>`. @returns leave, to be called when the connection ends */
  enter(key: string): () => void;
  isOnline(key: string): boolean;
  /**
   * Sets a member's entry in a room until `ttlMs` after it was last set. The newest counts, whichever node set it.
   * @param entry.value JSON
   */
  put(entry: { room: string; member: string; value: unknown; ttlMs: number }): void;
  /** Removes a member's entry, whichever node set it. */
  remove(room: string, member: string): void;
  list(room: string): { member: string; value: unknown }[];
  /** Calls back with a key or room whose state changed, here or on another node, expiry included. */
  onChange(listener: (key: string) => void): () => void;
  /** Distinct keys connected. */
  readonly online: number;
}

interface PresenceOptions {
  now?: () => Date;
  onListenerError?: (error: unknown) => void;
}

const HERE = "here";

/** The presence of a single node. */
export function createMemoryPresence({ now = () => new Date(), onListenerError }: PresenceOptions = {}): Presence {
  const board = new PresenceBoard({ now, ...(onListenerError ? { onListenerError } : {}) });
  const enter = countEntries((key, online) => board.setOnline(HERE, key, online));
  let version = 0;
  return {
    enter,
    isOnline: (key) => board.isOnline(key),
    put({ room, member, value, ttlMs }) {
      version += 1;
      board.set(HERE, { room, member, entry: { value, version, expiresAt: now().getTime() + ttlMs } });
    },
    remove: (room, member) => board.remove(HERE, room, member),
    list: (room) => board.list(room),
    onChange: (listener) => board.onChange(listener),
    get online() {
      return board.online;
    },
  };
}

/** Counts a key's connections, and publishes the first that opens and the last that closes. */
export function countEntries(tell: (key: string, online: boolean) => void): Presence["enter"] {
  const counts = new Map<string, number>();
  return (key) => {
    const before = counts.get(key) ?? 0;
    counts.set(key, before + 1);
    if (before === 0) tell(key, true);
    let entered = true;
    return () => {
      if (!entered) return;
      entered = false;
      const left = (counts.get(key) ?? 1) - 1;
      if (left > 0) counts.set(key, left);
      else counts.delete(key);
      if (left <= 0) tell(key, false);
    };
  };
}
