/** Fault switches of one module, in memory: a restart begins with all off. */
export interface FaultSwitches<Shown extends object = object, Change extends object = Record<string, unknown>> {
  /** Checks one member of a change each. */
  readonly accepts: { readonly [Name in keyof Change]-?: (value: unknown) => boolean };
  current(): Shown;
  /** `change` holds this module's members only. */
  change(change: Change): void;
  reset(): void;
}

/** Switches that keep the value they are set to. */
export function createSwitches<Values extends object>(
  off: Values,
  accepts: FaultSwitches<Values, Values>["accepts"],
): FaultSwitches<Values, Partial<Values>> {
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

export function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}

export function isUpTo(max: number): (value: unknown) => boolean {
  return (value) => typeof value === "number" && value >= 0 && value <= max;
}
