import type { Call } from "./module.ts";

const KEPT_CALLS = 5_000;
/** `until` also checks this often, for conditions that no event announces. */
const LOOK_EVERY_MS = 25;

/** The latest calls, and waiting for a condition to become true. */
export class CallLog {
  readonly calls: Call[] = [];
  readonly #watchers = new Set<() => void>();

  add(call: Call): void {
    this.calls.push(call);
    if (this.calls.length > KEPT_CALLS) this.calls.shift();
    this.look();
  }

  /** Checks every waiting condition again. */
  look(): void {
    for (const look of [...this.#watchers]) look();
  }

  until<T>(condition: () => T | undefined | null | false, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        clearInterval(looking);
        this.#watchers.delete(look);
        settle();
      };
      const look = () => {
        try {
          const value = condition();
          if (value !== undefined && value !== null && value !== false) finish(() => resolve(value));
        } catch (error) {
          finish(() => reject(error));
        }
      };
      const expire = () => finish(() => reject(new Error(`Not true after ${timeoutMs} ms: ${condition}`)));
      const timer = setTimeout(expire, timeoutMs);
      const looking = setInterval(look, LOOK_EVERY_MS);
      this.#watchers.add(look);
      look();
    });
  }
}
