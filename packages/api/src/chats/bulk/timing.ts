import { quietUntil } from "../../notices/quiet-hours.ts";

const DAY_MS = 24 * 60 * 60_000;

/** What an account may send to many. */
export interface BulkLimits {
  /** Messages in any 24 hours. */
  effectiveLimit: number;
  gapSeconds: number;
  /** By recipients' clocks; all day when both are the same. */
  windowFrom: string;
  windowTo: string;
}

/** When recipients there may be written to next: now, or a later moment. */
export function opensAt({ windowFrom, windowTo }: BulkLimits, timeZone: string, now: Date): Date {
  return quietUntil({ from: windowTo, to: windowFrom, timeZone }, now) ?? now;
}

/**
 * When the account may send its next message to many, whatever the time of day: after the gap, and when fewer than the limit went in 24 hours.
 * @param called when the calls of the last 24 hours began, oldest first
 */
export function allowedAt({ effectiveLimit, gapSeconds }: BulkLimits, called: readonly Date[], now: Date): Date {
  const last = called.at(-1)?.getTime() ?? Number.NEGATIVE_INFINITY;
  const oldest = called.at(-effectiveLimit)?.getTime();
  const within = oldest === undefined ? Number.NEGATIVE_INFINITY : oldest + DAY_MS;
  return new Date(Math.max(now.getTime(), last + gapSeconds * 1_000, within));
}

/** Recipients that wait, by time zone, in the order in which messages to many were approved. */
export interface Waiting {
  timeZone: string;
  count: number;
  /** Of the one that is asked about. */
  isOwn: boolean;
}

/** When the first and the last own message leave, should every call succeed; null when none waits. */
export function estimate(
  limits: BulkLimits,
  { called, waiting, now }: { called: readonly Date[]; waiting: readonly Waiting[]; now: Date },
): { nextAt: Date; endsAt: Date } | null {
  const left = waiting.map((one) => ({ ...one }));
  const times = [...called];
  let [own, nextAt, at]: [number, Date | null, Date] = [0, null, now];
  for (const { isOwn, count } of left) own += isOwn ? count : 0;
  if (own === 0) return null;
  while (own > 0) {
    at = allowedAt(limits, times, at);
    const open = left
      .filter(({ count }) => count > 0)
      .map((group) => ({ group, from: opensAt(limits, group.timeZone, at) }));
    const earliest = Math.min(...open.map(({ from }) => from.getTime()));
    const { group } = open.find(({ from }) => from.getTime() === earliest) ?? {};
    if (!group) break;
    at = new Date(Math.max(at.getTime(), earliest));
    times.push(at);
    group.count -= 1;
    if (!group.isOwn) continue;
    own -= 1;
    nextAt ??= at;
  }
  return nextAt && { nextAt, endsAt: at };
}
