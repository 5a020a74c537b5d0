/** What arrives, to be waited for without sleeping. */
export class Mailbox<T> {
  readonly all: T[] = [];
  readonly #watchers = new Set<() => void>();

  push(item: T): void {
    this.all.push(item);
    for (const look of [...this.#watchers]) look();
  }

  /** The first item, past or future, that fits. */
  first(fits: (item: T) => boolean, timeoutMs = 20_000): Promise<T> {
    return this.until((all) => all.find(fits), timeoutMs);
  }

  /** Resolves with the first answer that is not undefined, asked now and after every arrival. */
  until<Answer>(ask: (all: T[]) => Answer | undefined, timeoutMs = 20_000): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`Not in time; so far: ${JSON.stringify(this.all).slice(0, 2_000)}`));
      }, timeoutMs);
      const look = () => {
        const answer = ask(this.all);
        if (answer === undefined) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(answer);
      };
      this.#watchers.add(look);
      look();
    });
  }
}

/** Asks again until the answer is neither null, undefined nor false. For what can only be asked, not listened to. */
export async function eventually<T>(ask: () => Promise<T | null | undefined | false>, timeoutMs = 20_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`Not true after ${timeoutMs} ms: ${ask}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

/** A counter that can be waited for. */
export function countdown() {
  let count = 0;
  let due: { at: number; resolve: () => void } | null = null;
  return {
    step() {
      count += 1;
      if (due && count >= due.at) due.resolve();
    },
    more: (steps: number) =>
      new Promise<void>((resolve) => {
        due = { at: count + steps, resolve };
      }),
  };
}
