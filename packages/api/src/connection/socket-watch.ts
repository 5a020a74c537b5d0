import type { WatchedSocket } from "./socket.ts";

const CONNECT_MS = 10_000;
/** A connection that has been silent for `idleMs` is asked for a sign of life. */
export const SILENCE = { idleMs: 12_000, answerMs: 8_000 };
/** The same after a sleep or a change of network, while the page is visible. */
const PROOF_MS = 2_000;
const CLOSE_MS = 1_000;

/** Watches over one socket: a connection that does not come about, does not answer or does not close is cut. */
export class SocketWatch {
  /** Something but a refusal has come over it. */
  isUsed = false;
  isOpen = false;
  readonly #socket: WatchedSocket;
  readonly #silence: typeof SILENCE;
  readonly #madeAt = Date.now();
  #idle: ReturnType<typeof setTimeout> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #heardAt = 0;
  /** Only the answer itself counts: what else arrives may have waited in a buffer since before the sleep. */
  #isProving = false;

  constructor(socket: WatchedSocket, silence: typeof SILENCE) {
    this.#socket = socket;
    this.#silence = silence;
    this.#cutAfter(CONNECT_MS);
  }

  opened(): void {
    this.isOpen = true;
    clearTimeout(this.#deadline);
    this.#heardAt = Date.now();
    this.#askWhenIdle(this.#silence.idleMs);
  }

  heard(): void {
    this.#heardAt = Date.now();
    if (this.isOpen && !this.#isProving) clearTimeout(this.#deadline);
  }

  answered(): void {
    this.#isProving = false;
    clearTimeout(this.#deadline);
  }

  prove(): void {
    if (!this.isOpen) {
      // An attempt begun before the change may wait for a network that is no longer there.
      if (Date.now() - this.#madeAt >= PROOF_MS) this.#socket.cut();
      return;
    }
    if (this.#isProving) return;
    this.#isProving = true;
    this.#socket.ask();
    this.#cutAfter(PROOF_MS);
  }

  closing(): void {
    this.isOpen = false;
    clearTimeout(this.#idle);
    this.#cutAfter(CLOSE_MS);
  }

  stop(): void {
    this.isOpen = false;
    clearTimeout(this.#idle);
    clearTimeout(this.#deadline);
  }

  #cutAfter(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#socket.cut(), ms);
  }

  #askWhenIdle(inMs: number): void {
    const { idleMs, answerMs } = this.#silence;
    this.#idle = setTimeout(() => {
      const leftMs = this.#heardAt + idleMs - Date.now();
      if (leftMs <= 0 && !this.#isProving) {
        this.#socket.ask();
        this.#cutAfter(answerMs);
      }
      this.#askWhenIdle(leftMs > 0 ? leftMs : idleMs);
    }, inMs);
  }
}
