const GROUP_GAP_MS = 10 * 60_000;

type Timed = { createdAt: string };

export type Arranged<Entry> = {
  entry: Entry;
  /** `2026-11-01` where the reader is, when a new day begins with this entry. */
  startsDay: string | null;
  /** Whether it stands close to its neighbour, as one hand wrote both within ten minutes. */
  joinsAbove: boolean;
  joinsBelow: boolean;
};

/**
 * Entries of a thread with their days and groups.
 * @param isOneHand whether two neighbours may stand close to each other
 */
export function arrange<Entry extends Timed>(
  entries: readonly Entry[],
  dayOf: (iso: string) => string,
  isOneHand: (above: Entry, below: Entry) => boolean,
): Arranged<Entry>[] {
  const arranged: Arranged<Entry>[] = [];
  let lastDay: string | null = null;
  for (const [index, entry] of entries.entries()) {
    const above = entries[index - 1];
    const day = dayOf(entry.createdAt);
    const isClose = above !== undefined && Date.parse(entry.createdAt) - Date.parse(above.createdAt) <= GROUP_GAP_MS;
    const joinsAbove = isClose && day === lastDay && isOneHand(above, entry);
    const previous = arranged.at(-1);
    if (previous) previous.joinsBelow = joinsAbove;
    arranged.push({ entry, startsDay: day === lastDay ? null : day, joinsAbove, joinsBelow: false });
    lastDay = day;
  }
  return arranged;
}
