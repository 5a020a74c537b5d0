import type { Faults } from "@pult/sandbox/control.ts";

/** Whole seconds until the flood wait ends, 0 when there is none. `now` in epoch milliseconds. */
export function floodSecondsLeft({ floodUntil }: Pick<Faults, "floodUntil">, now: number): number {
  return floodUntil === null ? 0 : Math.max(0, Math.ceil((Date.parse(floodUntil) - now) / 1000));
}

/** How many switches are on. */
export function countFaults(faults: Faults, now: number): number {
  const { serverErrorPercent, telegramDown, delayMs, pushStatus } = faults;
  const on = [
    floodSecondsLeft(faults, now) > 0,
    serverErrorPercent > 0,
    telegramDown,
    delayMs > 0,
    pushStatus !== null,
  ];
  return on.filter(Boolean).length;
}
