/** A number under values of labels. */
export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** Numbers that only grow, by the values of labels. Callers keep the number of these small. */
export class Counts<Label extends string> {
  readonly #samples = new Map<string, Sample>();

  /** @param shown what is shown before it is counted for the first time */
  constructor(shown: readonly Record<Label, string>[] = []) {
    for (const labels of shown) this.add(labels, 0);
  }

  add(labels: Record<Label, string>, by = 1): void {
    const key = JSON.stringify(labels);
    const sample = this.#samples.get(key);
    if (sample) sample.value += by;
    else this.#samples.set(key, { labels, value: by });
  }

  get samples(): Sample[] {
    return [...this.#samples.values()];
  }
}

/** How often something lasted at most so many seconds. */
export interface Distribution {
  /** Upper bounds, ascending. */
  bounds: readonly number[];
  /** Of each bound alone, and of what is above them all. */
  counts: readonly number[];
  sum: number;
}

/** Durations since the process began. */
export class Durations implements Distribution {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  observe(seconds: number): void {
    const at = this.bounds.findIndex((bound) => seconds <= bound);
    const index = at === -1 ? this.bounds.length : at;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sum += seconds;
  }
}
