import type { FaultChange, Faults } from "./control.ts";

const OFF: Faults = { floodUntil: null, serverErrorPercent: 0, telegramDown: false, delayMs: 0, pushStatus: null };

/** The fault switches and what follows from them. Not persisted: a restart begins with all off. */
export class FaultSwitches {
  #faults: Faults = { ...OFF };
  /** Percent owed so far: every call adds `serverErrorPercent`, each failure takes 100 away, so runs repeat exactly. */
  #owedPercent = 0;
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  get current(): Faults {
    const { floodUntil } = this.#faults;
    return { ...this.#faults, floodUntil: this.floodSecondsLeft() === null ? null : floodUntil };
  }

  change(change: FaultChange): Faults {
    const { floodWaitSeconds, dropConnections: _once, ...switches } = change;
    this.#faults = { ...this.#faults, ...switches };
    if (switches.serverErrorPercent !== undefined) this.#owedPercent = 0;
    if (floodWaitSeconds !== undefined) {
      const until = new Date(this.#now().getTime() + floodWaitSeconds * 1000);
      this.#faults.floodUntil = floodWaitSeconds > 0 ? until.toISOString() : null;
    }
    return this.current;
  }

  reset(): void {
    this.#faults = { ...OFF };
    this.#owedPercent = 0;
  }

  /** Whole seconds until the flood wait ends, rounded up; null when there is none. */
  floodSecondsLeft(): number | null {
    if (this.#faults.floodUntil === null) return null;
    const leftMs = Date.parse(this.#faults.floodUntil) - this.#now().getTime();
    return leftMs > 0 ? Math.ceil(leftMs / 1000) : null;
  }

  /** Whether this Bot API call is one of the `serverErrorPercent`. Counts the call. */
  takesServerError(): boolean {
    this.#owedPercent += this.#faults.serverErrorPercent;
    if (this.#owedPercent < 100) return false;
    this.#owedPercent -= 100;
    return true;
  }

  async delay(): Promise<void> {
    const { delayMs } = this.#faults;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs).unref());
  }
}

/** A checked change from an untrusted body; undefined when a member has the wrong type or range. */
export function parseFaultChange(body: Record<string, unknown>): FaultChange | undefined {
  const change: FaultChange = {};
  for (const [name, value] of Object.entries(body)) {
    if (name === "floodUntil") continue;
    if (!isValidSwitch(name, value)) return undefined;
    Object.assign(change, { [name]: value });
  }
  return change;
}

function isValidSwitch(name: string, value: unknown): boolean {
  switch (name) {
    case "serverErrorPercent":
      return isWithin(value, 100);
    case "delayMs":
      return isWithin(value, 600_000);
    case "floodWaitSeconds":
      return isWithin(value, 86_400);
    case "telegramDown":
    case "dropConnections":
      return typeof value === "boolean";
    case "pushStatus":
      return value === null || value === 429 || value === 500;
    default:
      return false;
  }
}

function isWithin(value: unknown, max: number): boolean {
  return typeof value === "number" && value >= 0 && value <= max;
}
