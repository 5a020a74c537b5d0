/** A row that rose further than this has news, and is no place to hold on to. */
const MAX_RISE = 3;

/**
 * By how many rows the list has to scroll so that the reader goes on seeing what he saw, although rows came, went or moved above.
 * 0 at the very top, where the newest is what he wants to see.
 */
export function rowsMoved(before: readonly number[], after: readonly number[], firstVisible: number): number {
  if (firstVisible <= 0) return 0;
  const place = new Map(after.map((id, index) => [id, index]));
  for (let index = firstVisible; index < Math.min(before.length, firstVisible + 10); index++) {
    const id = before[index];
    const now = id === undefined ? undefined : place.get(id);
    if (now !== undefined && index - now <= MAX_RISE) return now - index;
  }
  return 0;
}
