/** Waits between two attempts to connect: doubling from 0.5 s to the cap, each between half and the whole of it, so that clients spread. */
export function retryDelayMs(attempt: number, random: () => number = Math.random, capMs = 30_000): number {
  if (attempt === 0) return 0;
  const ceiling = Math.min(capMs, 500 * 2 ** Math.min(attempt - 1, 10));
  return ceiling / 2 + (ceiling / 2) * random();
}
