/** The same numbers for the same seed: mulberry32. @see https://github.com/bryc/code/blob/master/jshash/PRNGs.md */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least `from`, below `to`. */
  between(from: number, to: number): number {
    return from + this.#next() * (to - from);
  }

  /** @throws Error when there is nothing to pick from */
  pick<T>(from: readonly T[]): T {
    const one = from[Math.floor(this.#next() * from.length)];
    if (one === undefined) throw new Error("Nothing to pick from");
    return one;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
