import { ReconnectBackoff } from "./reconnect-backoff.ts";
import { createSocketClass, type WatchedSocket } from "./socket.ts";
import { SILENCE, SocketWatch } from "./socket-watch.ts";
import { watchSurroundings } from "./surroundings.ts";

export interface ReconnectingSocketOptions {
  /** Longest wait between two attempts. Default 30 s. */
  retryCapMs?: number;
  /** The class to connect with. Default the runtime's own. */
  WebSocket?: typeof WebSocket;
  /** When a silent connection is asked for a sign of life, and how long the answer may take. Default 12 s and 8 s. */
  silence?: typeof SILENCE;
  random?: () => number;
}

/**
 * The connection of one client, for any protocol: when an attempt may be made, whether what stands is alive, and how it is made anew
 * without delay.
 */
export class ReconnectingSocket {
  /** For tRPC's client to connect with. */
  readonly WebSocket: typeof WebSocket;
  readonly #backoff: ReconnectBackoff;
  readonly #watches = new Map<WatchedSocket, SocketWatch>();
  readonly #listeners = new Set<() => void>();
  /** Set by the first attempt: only a client that follows something has a connection to look after. */
  #stopWatching: (() => void) | null = null;

  constructor(options: ReconnectingSocketOptions = {}) {
    const { retryCapMs = 30_000, WebSocket: Base = WebSocket, silence = SILENCE, random } = options;
    this.#backoff = new ReconnectBackoff({ retryCapMs, ...(random ? { random } : {}) });
    this.WebSocket = createSocketClass(Base, {
      made: (socket) => this.#watches.set(socket, new SocketWatch(socket, silence)),
      opened: (socket) => this.#opened(socket),
      heard: (socket, data) => this.#heard(socket, data),
      answered: (socket) => this.#watches.get(socket)?.answered(),
      closing: (socket) => this.#watches.get(socket)?.closing(),
      closed: (socket) => this.#closed(socket),
    });
  }

  get isOpen(): boolean {
    return [...this.#watches.values()].some((watch) => watch.isOpen);
  }

  /** Resolves when the next attempt may be made. @throws BackoffClosedError */
  pass(): Promise<void> {
    this.#stopWatching ??= watchSurroundings({
      wake: () => this.prove(),
      network: (isOnline) => this.setOffline(!isOnline),
    });
    return this.#backoff.pass();
  }

  /** What stands has two seconds to prove itself; what waits for its next attempt makes it now. */
  prove(): void {
    for (const watch of [...this.#watches.values()]) watch.prove();
    this.#backoff.release();
  }

  /** Makes the connection anew at once. */
  reconnect(): void {
    this.#backoff.release();
    this.#cutAll();
  }

  /** An answer came by another way: the server can be reached. */
  reached(): void {
    if (this.#backoff.isWaiting) this.#backoff.release();
  }

  /** The system says that the network is gone, or that it is back. */
  setOffline(isOffline: boolean): void {
    this.#backoff.setOffline(isOffline);
    if (isOffline) this.#cutAll();
    else this.prove();
  }

  /** No further attempts. */
  close(): void {
    this.#stopWatching?.();
    this.#backoff.close();
  }

  /** Calls back when `isOpen` may have changed. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #cutAll(): void {
    for (const socket of [...this.#watches.keys()]) socket.cut();
  }

  #opened(socket: WatchedSocket): void {
    this.#watches.get(socket)?.opened();
    this.#publish();
  }

  #heard(socket: WatchedSocket, data: unknown): void {
    const watch = this.#watches.get(socket);
    if (!watch) return;
    // A server that takes the connection only to refuse it has not accepted us: the waits go on growing.
    if (!watch.isUsed && typeof data === "string" && !data.includes('"error"')) {
      watch.isUsed = true;
      this.#backoff.succeeded();
    }
    watch.heard();
  }

  #closed(socket: WatchedSocket): void {
    this.#watches.get(socket)?.stop();
    this.#watches.delete(socket);
    this.#publish();
  }

  #publish(): void {
    for (const listener of this.#listeners) listener();
  }
}
