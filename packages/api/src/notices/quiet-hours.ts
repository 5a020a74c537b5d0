/** Times of the day such as `22:00`, in a time zone; `from` after `to` spans midnight. */
export interface QuietHours {
  from: string;
  to: string;
  timeZone: string;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

const formatters = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError for an unknown time zone */
export function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", { timeZone, hourCycle: "h23", hour: "2-digit", minute: "2-digit" });
  formatters.set(timeZone, made);
  return made;
}

const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
/** What the clocks show there, in minutes of the day. */
const localMinutes = (at: number, timeZone: string): number => minutesOf(clockOf(timeZone).format(at));

/** Minutes until the clock shows `to`, should it run evenly; 0 when it is not quiet. */
function minutesLeft({ from, to, timeZone }: QuietHours, at: number): number {
  const since = (localMinutes(at, timeZone) - minutesOf(from) + DAY_MINUTES) % DAY_MINUTES;
  const length = (minutesOf(to) - minutesOf(from) + DAY_MINUTES) % DAY_MINUTES;
  return since < length ? length - since : 0;
}

/**
 * The first moment after which it is not quiet any more; null when it is not quiet. It is quiet while the clocks there show a time between
 * `from` and `to`: an hour that clocks skip is not waited for, one that they repeat is quiet twice.
 */
export function quietUntil(hours: QuietHours, now: Date): Date | null {
  let at = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  let left = minutesLeft(hours, at);
  if (left === 0) return null;
  while (left > 0) {
    const next = at + left * MINUTE_MS;
    const jump = findJump(hours, at, next);
    at = jump ?? next;
    left = minutesLeft(hours, at);
  }
  return new Date(at);
}

/** The minute at which clocks are set between two moments, if they are. */
function findJump({ timeZone }: QuietHours, from: number, to: number): number | null {
  const aheadOf = (at: number) => (localMinutes(at, timeZone) - at / MINUTE_MS) % DAY_MINUTES;
  const before = (aheadOf(from) + DAY_MINUTES) % DAY_MINUTES;
  const isBefore = (at: number) => (aheadOf(at) + DAY_MINUTES) % DAY_MINUTES === before;
  if (isBefore(to)) return null;
  let [low, high] = [from, to];
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / MINUTE_MS / 2) * MINUTE_MS;
    if (isBefore(middle)) low = middle;
    else high = middle;
  }
  return high;
}
