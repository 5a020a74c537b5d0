import type { PresenceBoard } from "@pult/api/realtime/presence-board.ts";
import type { RedisClient } from "./redis-client.ts";
import type { RedisLink } from "./redis-link.ts";
import {
  channelOf,
  fieldOfKey,
  fieldOfMember,
  hashOf,
  type PresenceMessage,
  parseField,
  STATE_FIELD,
} from "./redis-presence-wire.ts";

interface OwnOptions {
  board: PresenceBoard;
  link: RedisLink;
  now(): number;
  ttlMs: number;
}

/** This node's keys and entries, on the board and in its hash. Changes of one turn are written together, with the message that publishes them. */
export class OwnPresence {
  readonly #options: OwnOptions;
  readonly #touched = new Set<string>();
  /** Fields that the hash has. */
  #written = new Set<string>();
  #removed: NonNullable<PresenceMessage["removed"]> = [];
  #seq = 0;
  #due = false;
  #left = false;
  /** Of the newest entry known. It follows the clock, and never runs behind what it answers. */
  #version = 0;

  constructor(options: OwnOptions) {
    this.#options = options;
  }

  setOnline(key: string, online: boolean): void {
    this.#options.board.setOnline(this.#node, key, online);
    this.#touch(fieldOfKey(key));
  }

  set({ room, member, value, ttlMs }: { room: string; member: string; value: unknown; ttlMs: number }): void {
    const { board, now } = this.#options;
    board.set(this.#node, { room, member, entry: { value, version: this.#next(), expiresAt: now() + ttlMs } });
    this.touchMember(room, member);
  }

  remove(room: string, member: string): void {
    const version = this.#next();
    this.#removed.push({ room, member, version });
    this.#options.board.supersede(room, member, version);
    this.touchMember(room, member);
  }

  /** Another node has set or removed a member's entry: an older one of this node counts no more. */
  yieldTo(room: string, member: string, version: number): void {
    const { board } = this.#options;
    this.#version = Math.max(this.#version, version);
    const entry = board.entryOf(this.#node, room, member);
    if (entry && entry.version >= version) return;
    board.remove(this.#node, room, member);
    this.touchMember(room, member);
  }

  touchMember(room: string, member: string): void {
    this.#touch(fieldOfMember(room, member));
  }

  /** Says that this node is alive; its hash is written anew where Redis has lost it. */
  refresh(): void {
    const { link, ttlMs } = this.#options;
    const message = this.#message({});
    link.send(message.length, async (client) => {
      const work = client.multi().pExpire(this.#hash, ttlMs).hSet(this.#hash, STATE_FIELD, this.#state());
      const [kept] = await work.publish(this.#channel, message).execTyped();
      if (!kept) this.writeAnew();
    });
  }

  /** @param options.who asks the others where they stand, too */
  writeAnew({ who = false } = {}): void {
    const { board, link, ttlMs } = this.#options;
    if (this.#left) return;
    this.#seq += 1;
    this.#touched.clear();
    this.#removed = [];
    const fields = [
      ...[...board.keysOf(this.#node)].map(fieldOfKey),
      ...[...board.entriesOf(this.#node)].map(({ room, member }) => fieldOfMember(room, member)),
    ];
    const hash = Object.fromEntries(fields.map((field) => [field, this.#valueOf(field) ?? ""]));
    const message = this.#message({ anew: true, ...(who ? { who } : {}) });
    this.#written = new Set(fields);
    link.send(JSON.stringify(hash).length, (client) =>
      client
        .multi()
        .del(this.#hash)
        .hSet(this.#hash, { ...hash, [STATE_FIELD]: this.#state() })
        .pExpire(this.#hash, ttlMs)
        .publish(this.#channel, message)
        .exec(),
    );
  }

  /** Tells the others that this node is gone. */
  async leave(): Promise<void> {
    this.#left = true;
    const gone = Promise.withResolvers<void>();
    const sent = this.#options.link.send(0, (client) =>
      client
        .multi()
        .del(this.#hash)
        .publish(this.#channel, this.#message({ bye: true }))
        .exec()
        .finally(() => gone.resolve()),
    );
    if (sent) await gone.promise;
  }

  get #node(): string {
    return this.#options.link.node;
  }

  get #hash(): string {
    return hashOf(this.#options.link.prefix, this.#node);
  }

  get #channel(): string {
    return channelOf(this.#options.link.prefix);
  }

  #next(): number {
    // Two nodes that speak within one millisecond would otherwise have the same.
    const apart = Math.floor(Math.random() * 1_000);
    this.#version = Math.max(this.#options.now() * 1_000 + apart, this.#version + 1);
    return this.#version;
  }

  #state(): string {
    return JSON.stringify({ seq: this.#seq, at: this.#options.now() });
  }

  #message(content: Partial<PresenceMessage>): string {
    return JSON.stringify({ node: this.#node, seq: this.#seq, at: this.#options.now(), ...content });
  }

  #valueOf(field: string): string | null {
    const { board } = this.#options;
    const parsed = parseField(field);
    if (parsed?.kind === "key") return board.keysOf(this.#node).has(parsed.key) ? "1" : null;
    const entry = parsed ? board.entryOf(this.#node, parsed.room, parsed.member) : undefined;
    return entry ? JSON.stringify(entry) : null;
  }

  #touch(field: string): void {
    this.#touched.add(field);
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    const { link, ttlMs } = this.#options;
    this.#due = false;
    const set: Record<string, string> = {};
    const del: string[] = [];
    for (const field of this.#touched) {
      const value = this.#valueOf(field);
      if (value !== null) set[field] = value;
      else if (this.#written.delete(field)) del.push(field);
    }
    const removed = this.#removed;
    this.#touched.clear();
    this.#removed = [];
    const fields = Object.keys(set);
    if (this.#left || fields.length + del.length + removed.length === 0) return;
    for (const field of fields) this.#written.add(field);
    this.#seq += 1;
    const message = this.#message({ set, del, removed });
    link.send(2 * message.length, (client: RedisClient) => {
      const work = client.multi().hSet(this.#hash, { ...set, [STATE_FIELD]: this.#state() });
      if (del.length > 0) work.hDel(this.#hash, del);
      return work.pExpire(this.#hash, ttlMs).publish(this.#channel, message).exec();
    });
  }
}
