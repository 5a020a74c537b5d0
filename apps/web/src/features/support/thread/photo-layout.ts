/** Photos per row, so that every row is full: an album of five is two above three. */
const ROWS: Record<number, readonly number[]> = {
  1: [1],
  2: [2],
  3: [3],
  4: [2, 2],
  5: [2, 3],
  6: [3, 3],
  7: [2, 2, 3],
  8: [2, 3, 3],
  9: [3, 3, 3],
  10: [2, 2, 3, 3],
};

/** Columns of six that each photo takes. */
export function photoSpans(count: number): number[] {
  const rows = ROWS[count] ?? Array.from({ length: Math.ceil(count / 3) }, () => 3);
  return rows.flatMap((perRow) => Array.from({ length: perRow }, () => 6 / perRow)).slice(0, count);
}

/** Size of a photo alone, kept in a box and never so flat or narrow that it cannot be pressed. */
export function singleSize({ width, height }: { width: number; height: number }): { width: number; height: number } {
  const scale = Math.min(316 / width, 320 / height, 1);
  return {
    width: Math.max(96, Math.round(width * scale)),
    height: Math.max(72, Math.round(height * scale)),
  };
}
