import type { BotCall } from "./telegram/bot-api-server.ts";
import type { SandboxWorld } from "./world.ts";

const KEPT_CALLS = 5_000;
/** `until` also asks this often, for conditions that no event tells of. */
const LOOK_EVERY_MS = 25;

/** The latest Bot API calls, and waiting for something to become true in the world. */
export class CallLog {
  readonly calls: BotCall[] = [];
  readonly #watchers = new Set<() => void>();

  constructor(world: SandboxWorld) {
    world.on(() => this.#look());
  }

  add(call: BotCall): void {
    this.calls.push(call);
    if (this.calls.length > KEPT_CALLS) this.calls.shift();
    this.#look();
  }

  clear(): void {
    this.calls.length = 0;
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

  #look(): void {
    for (const look of [...this.#watchers]) look();
  }
}
