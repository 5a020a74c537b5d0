import { type QuietHours, quietUntil } from "../../notices/quiet-hours.ts";

/** Milliseconds between two moments, without what lies in nights. */
export function withoutNights(from: number, to: number, night: QuietHours): number {
  const day = { from: night.to, to: night.from, timeZone: night.timeZone };
  let [at, sum] = [from, 0];
  while (at < to) {
    const evening = quietUntil(day, new Date(at));
    const morning = evening ? null : quietUntil(night, new Date(at));
    const end = Math.min((evening ?? morning)?.getTime() ?? to, to);
    if (!morning) sum += end - at;
    at = end;
  }
  return sum;
}

/** A quantile of sorted numbers, with what lies between two of them in proportion. @param share from 0 to 1 */
export function quantileOf(sorted: readonly number[], share: number): number | null {
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === undefined || high === undefined ? null : low + (high - low) * (at - Math.floor(at));
}
