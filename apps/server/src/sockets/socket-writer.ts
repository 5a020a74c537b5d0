import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { streamOf } from "./internals.ts";

/** Was skipped while its socket was draining. */
export interface DrainListener {
  /** The socket has drained. */
  drained(): void;
}

/**
 * Writes prebuilt frames to one socket; frames of one turn of the event loop leave in one write. Nothing here compresses or fragments, so
 * frames may stand between those that `ws` writes itself.
 */
export class SocketWriter {
  readonly #socket: WebSocket;
  readonly #stream: Socket;
  readonly #tick: WriteTick;
  readonly #queueBytes: number;
  #first: Buffer | null = null;
  #rest: Buffer[] | null = null;
  #held: Buffer | null = null;
  #waiting = 0;
  #waitingForDrain: Set<DrainListener> | null = null;

  /** @param options.queueBytes bytes that may wait for the socket */
  constructor(socket: WebSocket, { tick, queueBytes }: { tick: WriteTick; queueBytes: number }) {
    this.#socket = socket;
    this.#tick = tick;
    this.#queueBytes = queueBytes;
    this.#stream = streamOf(socket);
  }

  get open(): boolean {
    return this.#socket.readyState === 1;
  }

  /** Bytes that wait in user space. */
  get queued(): number {
    return this.#waiting + this.#stream.writableLength;
  }

  /** More was written than the kernel takes for now. */
  get draining(): boolean {
    return this.#stream.writableNeedDrain;
  }

  push(frame: Buffer): void {
    if (this.#first === null) {
      this.#first = frame;
      this.#tick.add(this);
    } else if (this.#rest === null) this.#rest = [frame];
    else this.#rest.push(frame);
    this.#waiting += frame.length;
  }

  /** At the end of a tick: at once where nothing else waits. */
  write(frame: Buffer): void {
    if (this.#first !== null || this.#held !== null) this.push(frame);
    else if (this.#socket.readyState === 1)
      try {
        this.#stream.write(frame);
      } catch (error) {
        this.#tick.failed(error);
      }
  }

  /** Leaves with the next frames, or when it is released; null takes it back. */
  hold(frame: Buffer | null): void {
    this.#held = frame;
  }

  release(): void {
    const held = this.#held;
    this.#held = null;
    if (held) this.push(held);
  }

  /** Writes what waits. @param joiner makes one buffer of several frames */
  flush(joiner: FrameJoiner = new FrameJoiner()): void {
    const first = this.#first;
    if (first === null) return;
    this.release();
    const rest = this.#rest;
    this.#first = null;
    this.#rest = null;
    this.#waiting = 0;
    if (this.#socket.readyState !== 1) return;
    this.#stream.write(rest === null ? first : joiner.join(first, rest));
  }

  /** Tells the listener once when the socket has drained. */
  onDrain(listener: DrainListener): void {
    if (this.#waitingForDrain) {
      this.#waitingForDrain.add(listener);
      return;
    }
    this.#waitingForDrain = new Set([listener]);
    this.#stream.once("drain", () => {
      const all = this.#waitingForDrain;
      this.#waitingForDrain = null;
      for (const one of all ?? []) one.drained();
    });
  }

  cancel(listener: DrainListener): void {
    this.#waitingForDrain?.delete(listener);
  }

  hasRoomFor(bytes: number): boolean {
    return this.queued + bytes <= this.#queueBytes;
  }

  /** Whether what a reader missed may be added: half of the room is for what happens meanwhile. */
  get isRoomy(): boolean {
    return this.queued <= this.#queueBytes / 2 || !this.open;
  }

  /** Resolves when it is worth asking again; never when the socket ends first. */
  waitForRoom(): Promise<void> {
    return new Promise((resolve) => {
      if (this.draining) this.onDrain({ drained: resolve });
      else setImmediate(resolve);
    });
  }
}

/** Sockets that follow the same topics get the same frames: their concatenation is made once. */
export class FrameJoiner {
  #frames: readonly Buffer[] = [];
  #joined: Buffer | null = null;

  join(first: Buffer, rest: readonly Buffer[]): Buffer {
    if (this.#joined && this.#same(first, rest)) return this.#joined;
    this.#frames = [first, ...rest];
    this.#joined = Buffer.concat(this.#frames);
    return this.#joined;
  }

  #same(first: Buffer, rest: readonly Buffer[]): boolean {
    const known = this.#frames;
    if (known.length !== rest.length + 1 || known[0] !== first) return false;
    for (let at = 0; at < rest.length; at++) if (known[at + 1] !== rest[at]) return false;
    return true;
  }
}

/** A value for many sockets. */
export interface Spread {
  /** Gives it to its sockets' writers. @param how.isAlone whether nothing else is spread in this tick */
  spread(how: { isAlone: boolean }): void;
}

/** Gathers the sockets with frames to write in this turn of the event loop, and writes to all of them at its end. */
export class WriteTick {
  #writers: SocketWriter[] = [];
  #spreads: Spread[] = [];
  #published: number[] = [];
  #isDue = false;
  readonly #observe: (lagMs: number) => void;
  /** Told what one socket failed with, so that the others get their frames. */
  readonly failed: (error: unknown) => void;

  /** @param observe told for every publication how long it took until its frames were handed over */
  constructor(observe: (lagMs: number) => void, failed: (error: unknown) => void) {
    this.#observe = observe;
    this.failed = failed;
  }

  add(writer: SocketWriter): void {
    this.#writers.push(writer);
    this.#flushSoon();
  }

  /** Has a value given to its sockets at the end of the turn: when it is the only one, each is written to as it is met. */
  spread(value: Spread): void {
    this.published();
    this.#spreads.push(value);
    this.#flushSoon();
  }

  /** Notes that something was published now, or `beforeMs` ago on another node. */
  published(beforeMs = 0): void {
    this.#published.push(performance.now() - beforeMs);
  }

  #flushSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    const spreads = this.#spreads;
    const published = this.#published;
    this.#spreads = [];
    this.#published = [];
    for (const one of spreads) one.spread({ isAlone: spreads.length === 1 });
    const writers = this.#writers;
    this.#writers = [];
    this.#isDue = false;
    const joiner = new FrameJoiner();
    for (const writer of writers) {
      try {
        writer.flush(joiner);
      } catch (error) {
        this.failed(error);
      }
    }
    const now = performance.now();
    for (const at of published) this.#observe(now - at);
  }
}
