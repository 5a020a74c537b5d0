/** `2026-11-01T10:42` for a `datetime-local` field. */
export function toLocalField(instant: Date): string {
  const shifted = new Date(instant.getTime() - instant.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
