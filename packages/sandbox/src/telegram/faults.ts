import { z } from "zod";
import type { Faults } from "../control.ts";
import type { FaultSwitches } from "../faults.ts";

const OFF = { serverErrorPercent: 0, telegramDown: false };

const switches = z.object({
  serverErrorPercent: z.number().min(0).max(100),
  telegramDown: z.boolean(),
  floodWaitSeconds: z.number().min(0).max(86_400),
  dropConnections: z.boolean(),
  /** Follows from `floodWaitSeconds`; a page that sends back all it was shown sends it too. */
  floodUntil: z.unknown(),
});

type Shown = Pick<Faults, "floodUntil" | "serverErrorPercent" | "telegramDown">;
type Change = Partial<z.infer<typeof switches>>;

interface FaultOptions {
  now: () => Date;
  changed(change: Change): void;
}

export class TelegramFaults implements FaultSwitches<Shown, Change> {
  readonly accepts = switches;
  readonly #options: FaultOptions;
  #values = { ...OFF };
  /** Unix ms. */
  #floodUntil = 0;
  /** Every call adds `serverErrorPercent`, each failure takes 100 away, so that runs repeat exactly. */
  #duePercent = 0;

  constructor(options: FaultOptions) {
    this.#options = options;
  }

  current(): Shown {
    const floodUntil = this.floodSecondsLeft() === null ? null : new Date(this.#floodUntil).toISOString();
    return { floodUntil, ...this.#values };
  }

  change(change: Change): void {
    const { floodWaitSeconds, dropConnections: _once, floodUntil: _derived, ...kept } = change;
    this.#values = { ...this.#values, ...kept };
    if (kept.serverErrorPercent !== undefined) this.#duePercent = 0;
    if (floodWaitSeconds !== undefined) this.#floodUntil = this.#options.now().getTime() + floodWaitSeconds * 1000;
    this.#options.changed(change);
  }

  reset(): void {
    this.#values = { ...OFF };
    this.#floodUntil = 0;
    this.#duePercent = 0;
    this.#options.changed({});
  }

  /** Whole seconds until the flood wait ends, rounded up; null when there is none. */
  floodSecondsLeft(): number | null {
    const leftMs = this.#floodUntil - this.#options.now().getTime();
    return leftMs > 0 ? Math.ceil(leftMs / 1000) : null;
  }

  /** Whether this Bot API call is one of the `serverErrorPercent`. Counts the call. */
  takesServerError(): boolean {
    this.#duePercent += this.#values.serverErrorPercent;
    if (this.#duePercent < 100) return false;
    this.#duePercent -= 100;
    return true;
  }
}
