import type { z } from "zod";

/** Fault switches of one module, in memory: a restart begins with all off. */
export interface FaultSwitches<Shown extends object = object, Change extends object = Record<string, unknown>> {
  /** The members that a change may have. */
  readonly accepts: z.ZodObject;
  current(): Shown;
  /** `change` holds this module's members only. */
  change(change: Change): void;
  reset(): void;
}

/** Switches that keep the value they are set to. */
export function createSwitches<Schema extends z.ZodObject>(
  off: z.infer<Schema>,
  accepts: Schema,
): FaultSwitches<z.infer<Schema>, Partial<z.infer<Schema>>> {
  let values = { ...off };
  return {
    accepts,
    current: () => ({ ...values }),
    change: (change) => {
      values = { ...values, ...change };
    },
    reset: () => {
      values = { ...off };
    },
  };
}
