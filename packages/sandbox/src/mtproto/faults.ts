import { z } from "zod";
import type { FaultSwitches } from "../faults.ts";
import type { MtprotoFaults, PlannedFault } from "./control.ts";

const OFF = { mtprotoDown: false, mtprotoFrozen: false, mtprotoDelayMs: 0 };

const switches = z.object({
  /** Every connection is cut, and new ones at once. */
  mtprotoDown: z.boolean(),
  /** Connections stay open, and nothing is answered. */
  mtprotoFrozen: z.boolean(),
  /** Delay before every call takes effect, ms. */
  mtprotoDelayMs: z.number().min(0).max(600_000),
  /** Sends answer FLOOD_WAIT for so long; 0 ends it. */
  mtprotoFloodWaitSeconds: z.number().min(0).max(86_400),
  /** Follows from it; a page that sends back all it was shown sends it too. */
  mtprotoFloodUntil: z.unknown(),
});

type Change = Partial<z.infer<typeof switches>>;

const SENDS = /^messages\.(sendMessage|sendMedia|sendMultiMedia|forwardMessages|editMessage|sendReaction)$/;
const KEPT_PLANS = 1_000;

export class DataCentreFaults implements FaultSwitches<MtprotoFaults, Change> {
  readonly accepts = switches;
  readonly #now: () => Date;
  readonly #cutConnections: () => void;
  #values = { ...OFF };
  /** Unix ms. */
  #floodUntil = 0;
  #planned: PlannedFault[] = [];
  readonly #waits = new Map<NodeJS.Timeout, () => void>();

  constructor(now: () => Date, cutConnections: () => void) {
    this.#now = now;
    this.#cutConnections = cutConnections;
  }

  current(): MtprotoFaults {
    const isFlooded = this.#floodUntil > this.#now().getTime();
    return { ...this.#values, mtprotoFloodUntil: isFlooded ? new Date(this.#floodUntil).toISOString() : null };
  }

  change({ mtprotoFloodWaitSeconds: seconds, mtprotoFloodUntil: _derived, ...kept }: Change): void {
    this.#values = { ...this.#values, ...kept };
    if (seconds !== undefined) this.#floodUntil = this.#now().getTime() + seconds * 1000;
    if (this.#values.mtprotoDown) this.#cutConnections();
  }

  reset(): void {
    this.#values = { ...OFF };
    this.#floodUntil = 0;
    this.#planned = [];
    for (const [timer, resolve] of this.#waits) {
      clearTimeout(timer);
      resolve();
    }
    this.#waits.clear();
  }

  plan(fault: PlannedFault): void {
    this.#planned.push(fault);
    if (this.#planned.length > KEPT_PLANS) this.#planned.shift();
  }

  /** The fault that hits this call, counted. `method` in TL's writing. */
  take(method: string, accountId: number | null): PlannedFault | undefined {
    const index = this.#planned.findIndex(
      (fault) => ["*", method].includes(fault.method) && (fault.accountId ?? accountId) === accountId,
    );
    const fault = this.#planned[index];
    if (fault !== undefined) {
      fault.times--;
      if (fault.times === 0) this.#planned.splice(index, 1);
      return fault;
    }
    const left = Math.ceil((this.#floodUntil - this.#now().getTime()) / 1000);
    if (left <= 0 || !SENDS.test(method)) return undefined;
    return { kind: "error", method, times: 1, error: `FLOOD_WAIT_${left}` };
  }

  /** Ends early at a reset. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waits.delete(timer);
        resolve();
      }, ms);
      this.#waits.set(timer, resolve);
    });
  }
}
