import { Listeners } from "./listeners.ts";

/** What a node has set about a member of a room. */
export interface PresenceEntry {
  value: unknown;
  /** Grows with every entry set anywhere; of several nodes' entries about one member the highest counts. */
  version: number;
  /** Unix ms by this node's clock. */
  expiresAt: number;
}

type Room = Map<string, PresenceEntry>;

interface NodeState {
  keys: Set<string>;
  rooms: Map<string, Room>;
}

export interface BoardOptions {
  now?: () => Date;
  onListenerError?: (error: unknown) => void;
  /** Called with an expired entry, after it was removed. */
  onExpired?: (node: string, room: string, member: string) => void;
}

const CHANGES = "changes";

/** Every node's connected keys and entries. Calls its listeners with each key and room whose state changes. */
export class PresenceBoard {
  readonly #nodes = new Map<string, NodeState>();
  /** How many nodes a key is connected to. */
  readonly #online = new Map<string, number>();
  readonly #now: () => number;
  readonly #changes: Listeners<string>;
  readonly #onExpired: NonNullable<BoardOptions["onExpired"]>;
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor({ now = () => new Date(), onListenerError = () => {}, onExpired = () => {} }: BoardOptions = {}) {
    this.#now = () => now().getTime();
    this.#changes = new Listeners(onListenerError);
    this.#onExpired = onExpired;
  }

  get online(): number {
    return this.#online.size;
  }

  isOnline(key: string): boolean {
    return this.#online.has(key);
  }

  list(room: string): { member: string; value: unknown }[] {
    const members = new Set([...this.#nodes.values()].flatMap(({ rooms }) => [...(rooms.get(room)?.keys() ?? [])]));
    return [...members].flatMap((member) => {
      const entry = this.#newest(room, member);
      return entry ? [{ member, value: entry.value }] : [];
    });
  }

  onChange(listener: (key: string) => void): () => void {
    return this.#changes.add(CHANGES, listener);
  }

  setOnline(node: string, key: string, online: boolean): void {
    const { keys } = this.#node(node);
    if (keys.has(key) === online) return;
    const before = this.#online.get(key) ?? 0;
    const after = before + (online ? 1 : -1);
    if (online) keys.add(key);
    else keys.delete(key);
    if (after > 0) this.#online.set(key, after);
    else this.#online.delete(key);
    if (before === 0 || after === 0) this.#changes.emit(CHANGES, key);
  }

  entryOf(node: string, room: string, member: string): PresenceEntry | undefined {
    return this.#nodes.get(node)?.rooms.get(room)?.get(member);
  }

  set(node: string, { room, member, entry }: { room: string; member: string; entry: PresenceEntry }): void {
    this.#changing(room, member, () => {
      const { rooms } = this.#node(node);
      const members = rooms.get(room) ?? new Map<string, PresenceEntry>();
      rooms.set(room, members.set(member, entry));
    });
    this.#wakeAt(entry.expiresAt);
  }

  /** Takes a node's own words back. */
  remove(node: string, room: string, member: string): void {
    this.#changing(room, member, () => this.#drop(node, room, member));
  }

  /** Removes older entries of every node. @returns the nodes that had set them */
  supersede(room: string, member: string, version: number): string[] {
    const nodes = [...this.#nodes.keys()].filter((node) => {
      const entry = this.entryOf(node, room, member);
      return entry !== undefined && entry.version < version;
    });
    this.#changing(room, member, () => {
      for (const node of nodes) this.#drop(node, room, member);
    });
    return nodes;
  }

  keysOf(node: string): ReadonlySet<string> {
    return this.#nodes.get(node)?.keys ?? new Set();
  }

  *entriesOf(node: string): Generator<{ room: string; member: string; entry: PresenceEntry }> {
    for (const [room, members] of this.#nodes.get(node)?.rooms ?? [])
      for (const [member, entry] of members) yield { room, member, entry };
  }

  dropNode(node: string): void {
    for (const key of [...this.keysOf(node)]) this.setOnline(node, key, false);
    for (const { room, member } of [...this.entriesOf(node)]) this.remove(node, room, member);
    this.#nodes.delete(node);
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #node(node: string): NodeState {
    const known = this.#nodes.get(node);
    if (known) return known;
    const state: NodeState = { keys: new Set(), rooms: new Map() };
    this.#nodes.set(node, state);
    return state;
  }

  #newest(room: string, member: string): PresenceEntry | null {
    let newest: PresenceEntry | null = null;
    for (const node of this.#nodes.keys()) {
      const entry = this.entryOf(node, room, member);
      if (entry && entry.expiresAt > this.#now() && entry.version > (newest?.version ?? -1)) newest = entry;
    }
    return newest;
  }

  #changing(room: string, member: string, change: () => void): void {
    const before = JSON.stringify(this.#newest(room, member)?.value);
    change();
    if (JSON.stringify(this.#newest(room, member)?.value) !== before) this.#changes.emit(CHANGES, room);
  }

  #drop(node: string, room: string, member: string): void {
    const rooms = this.#nodes.get(node)?.rooms;
    const members = rooms?.get(room);
    members?.delete(member);
    if (members?.size === 0) rooms?.delete(room);
  }

  /** One timer, for whatever ends next. */
  #wakeAt(at: number): void {
    if (at >= this.#timerAt) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timerAt = at;
    // A day at most: a longer timer would overflow and fire at once.
    this.#timer = setTimeout(() => this.#sweep(), Math.min(86_400_000, Math.max(0, at - this.#now())));
    this.#timer.unref();
  }

  #sweep(): void {
    this.close();
    const changed = new Set<string>();
    let next = Number.POSITIVE_INFINITY;
    for (const node of this.#nodes.keys()) {
      for (const { room, member, entry } of [...this.entriesOf(node)]) {
        if (entry.expiresAt > this.#now()) {
          next = Math.min(next, entry.expiresAt);
          continue;
        }
        this.#drop(node, room, member);
        changed.add(room);
        this.#onExpired(node, room, member);
      }
    }
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(next);
    for (const room of changed) this.#changes.emit(CHANGES, room);
  }
}
