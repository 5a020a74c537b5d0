import type { PresenceBoard, PresenceEntry } from "@pult/api/realtime/presence-board.ts";
import type { RedisLink } from "./redis-link.ts";
import {
  fieldOfKey,
  fieldOfMember,
  hashOf,
  type PresenceMessage,
  parseEntry,
  parseField,
  parseHashState,
  STATE_FIELD,
} from "./redis-presence-wire.ts";

interface OthersOptions {
  board: PresenceBoard;
  link: RedisLink;
  now(): number;
  /** A node that is silent for this long counts as gone. */
  silentMs: number;
  /** How long its hash is kept. */
  ttlMs: number;
  /** Another node has the newest entry of a member now. */
  onNewer(room: string, member: string, version: number): void;
}

interface OtherNode {
  /** The last change that is on the board. */
  seq: number;
  heardAt: number;
  /** What arrives while its hash is read; null when it is not. */
  waiting: PresenceMessage[] | null;
}

/** Keeps the board in step with other nodes, and removes nodes that have fallen silent. */
export class OtherNodes {
  readonly #options: OthersOptions;
  readonly #nodes = new Map<string, OtherNode>();

  constructor(options: OthersOptions) {
    this.#options = options;
  }

  hear(message: PresenceMessage): void {
    if (message.bye) {
      this.#drop(message.node);
      return;
    }
    const known = this.#nodes.get(message.node);
    const node = known ?? { seq: -1, heardAt: 0, waiting: null };
    this.#nodes.set(message.node, node);
    node.heardAt = this.#options.now();
    if (node.waiting) node.waiting.push(message);
    else if (message.seq === node.seq + 1 && known && !message.anew) this.#apply(message, node);
    else if (message.seq > node.seq) this.#read(message.node, node);
  }

  /** After an outage whatever was being read is lost; the next message of each node tells whether it has to be read again. */
  forgetReads(): void {
    for (const [id, { seq, heardAt }] of this.#nodes) this.#nodes.set(id, { seq, heardAt, waiting: null });
  }

  dropSilent(): void {
    const oldest = this.#options.now() - this.#options.silentMs;
    for (const [id, { heardAt }] of this.#nodes) if (heardAt <= oldest) this.#drop(id);
  }

  #drop(id: string): void {
    this.#nodes.delete(id);
    this.#options.board.dropNode(id);
  }

  #apply({ node: id, seq, at, set = {}, del = [], removed = [] }: PresenceMessage, node: OtherNode): void {
    node.seq = seq;
    for (const [field, text] of Object.entries(set)) this.#set(id, field, { text, at });
    for (const field of del) this.#delete(id, field);
    for (const { room, member, version } of removed) {
      this.#options.board.supersede(room, member, version);
      this.#options.onNewer(room, member, version);
    }
  }

  #set(id: string, field: string, { text, at }: { text: string; at: number }): void {
    const { board, now, onNewer } = this.#options;
    const parsed = parseField(field);
    if (parsed?.kind === "key") board.setOnline(id, parsed.key, true);
    if (parsed?.kind !== "member") return;
    const entry = parseEntry(text);
    const leftMs = entry ? entry.expiresAt - at : 0;
    if (!entry || leftMs <= 0) return;
    const here: PresenceEntry = { value: entry.value, version: entry.version, expiresAt: now() + leftMs };
    board.set(id, { room: parsed.room, member: parsed.member, entry: here });
    onNewer(parsed.room, parsed.member, entry.version);
  }

  #delete(id: string, field: string): void {
    const parsed = parseField(field);
    if (parsed?.kind === "key") this.#options.board.setOnline(id, parsed.key, false);
    if (parsed?.kind === "member") this.#options.board.remove(id, parsed.room, parsed.member);
  }

  #read(id: string, node: OtherNode): void {
    const { link, ttlMs } = this.#options;
    const key = hashOf(link.prefix, id);
    node.waiting = [];
    const sent = link.send(0, async (client) => {
      const [hash, leftMs] = await client.multi().hGetAll(key).pTTL(key).execTyped();
      if (this.#nodes.get(id) === node) this.#take(id, node, { hash, ageMs: ttlMs - leftMs });
    });
    if (!sent) node.waiting = null;
  }

  #take(id: string, node: OtherNode, { hash, ageMs }: { hash: Record<string, string>; ageMs: number }): void {
    const waiting = node.waiting ?? [];
    node.waiting = null;
    const state = parseHashState(hash[STATE_FIELD]);
    if (!state) {
      this.#drop(id);
      return;
    }
    node.seq = state.seq;
    for (const field of this.#fieldsOf(id)) if (!(field in hash)) this.#delete(id, field);
    for (const [field, text] of Object.entries(hash)) this.#set(id, field, { text, at: state.at + ageMs });
    for (const message of waiting) this.hear(message);
  }

  #fieldsOf(id: string): string[] {
    const { board } = this.#options;
    const keys = [...board.keysOf(id)].map(fieldOfKey);
    return [...keys, ...[...board.entriesOf(id)].map(({ room, member }) => fieldOfMember(room, member))];
  }
}
