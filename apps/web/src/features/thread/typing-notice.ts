const REPEAT_MS = 3_000;
const SILENCE_MS = 5_000;

/** Reports typing to the other side: at once, again every few seconds, and when it has stopped. */
export class TypingNotice {
  readonly #publish: (typing: boolean) => void;
  readonly #now: () => number;
  #publishedAt: number | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(publish: (typing: boolean) => void, now: () => number = Date.now) {
    this.#publish = publish;
    this.#now = now;
  }

  readonly typed = (): void => {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(this.stopped, SILENCE_MS);
    if (this.#publishedAt !== null && this.#now() - this.#publishedAt < REPEAT_MS) return;
    this.#publishedAt = this.#now();
    this.#publish(true);
  };

  readonly stopped = (): void => {
    clearTimeout(this.#silence);
    if (this.#publishedAt === null) return;
    this.#publishedAt = null;
    this.#publish(false);
  };
}
