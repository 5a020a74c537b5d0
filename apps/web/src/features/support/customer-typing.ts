const REPEAT_MS = 3_000;
const SILENCE_MS = 5_000;

/** Tells the other side that the customer types: at once, again every few seconds, and when he has stopped. */
export class TypingNotice {
  readonly #tell: (typing: boolean) => void;
  readonly #now: () => number;
  #toldAt: number | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (typing: boolean) => void, now: () => number = Date.now) {
    this.#tell = tell;
    this.#now = now;
  }

  readonly typed = (): void => {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(this.stopped, SILENCE_MS);
    if (this.#toldAt !== null && this.#now() - this.#toldAt < REPEAT_MS) return;
    this.#toldAt = this.#now();
    this.#tell(true);
  };

  readonly stopped = (): void => {
    clearTimeout(this.#silence);
    if (this.#toldAt === null) return;
    this.#toldAt = null;
    this.#tell(false);
  };
}
