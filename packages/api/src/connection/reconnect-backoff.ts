import { retryDelayMs } from "./back-off.ts";

export interface BackoffOptions {
  /** Longest wait between two attempts. */
  retryCapMs: number;
  random?: () => number;
}

/** A connection that stood and was lost is made anew within this time, not by all clients in the same instant. */
const SPREAD_MS = 500;
/** How long a reason to make the next attempt at once holds. */
const HURRY_MS = 5_000;
/** The browser says that there is no network: it may be wrong about this server, so once in a while is enough. */
const OFFLINE_RETRY_MS = 30_000;

export class BackoffClosedError extends Error {
  constructor() {
    super("The client was closed");
    this.name = "BackoffClosedError";
  }
}

/** What every attempt to connect passes: it holds the back-off, so that a wait can be cut short when there is reason to. */
export class ReconnectBackoff {
  readonly #options: BackoffOptions;
  readonly #waiting = new Set<{ go(): void; give(error: Error): void }>();
  #attempts = 0;
  #stood = false;
  #hurriedUntil = 0;
  #isOffline = false;
  #isClosed = false;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Resolves when the next attempt may be made.
   * @throws BackoffClosedError
   */
  pass(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new BackoffClosedError());
    const delayMs = this.#delayMs();
    this.#attempts++;
    this.#hurriedUntil = 0;
    return delayMs === 0 ? Promise.resolve() : this.#wait(delayMs);
  }

  /** The connection stands and is used. */
  succeeded(): void {
    this.#attempts = 0;
    this.#stood = true;
  }

  /** There is reason to believe that an attempt would succeed now. */
  release(): void {
    this.#attempts = 0;
    if (this.#waiting.size === 0) this.#hurriedUntil = Date.now() + HURRY_MS;
    for (const one of [...this.#waiting]) one.go();
  }

  /** What the system says of the network. */
  setOffline(isOffline: boolean): void {
    this.#isOffline = isOffline;
    if (!isOffline) this.release();
  }

  close(): void {
    this.#isClosed = true;
    for (const one of [...this.#waiting]) one.give(new BackoffClosedError());
  }

  #delayMs(): number {
    const { random = Math.random, retryCapMs } = this.#options;
    if (this.#isOffline) return OFFLINE_RETRY_MS;
    if (Date.now() < this.#hurriedUntil) return 0;
    if (this.#attempts === 0) return this.#stood ? SPREAD_MS * random() : 0;
    return retryDelayMs(this.#attempts, random, retryCapMs);
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(one);
        finish();
      };
      const one = { go: () => settle(resolve), give: (error: Error) => settle(() => reject(error)) };
      const timer = setTimeout(one.go, delayMs);
      this.#waiting.add(one);
    });
  }
}
