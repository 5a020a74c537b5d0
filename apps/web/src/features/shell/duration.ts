/** A length of time in its largest whole unit, for "offline, 3 min". */
export function largestUnit(milliseconds: number): { unit: "second" | "minute" | "hour"; count: number } {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return { unit: "second", count: seconds };
  if (seconds < 3600) return { unit: "minute", count: Math.floor(seconds / 60) };
  return { unit: "hour", count: Math.floor(seconds / 3600) };
}
