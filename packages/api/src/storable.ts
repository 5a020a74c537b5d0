/** Whether PostgreSQL can keep it as it is: text without NUL and without half a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes("\u0000") && text.isWellFormed();

/** Text as PostgreSQL can keep it, otherwise as written. */
export const storableText = (text: string): string => text.replaceAll("\u0000", "").toWellFormed();

const [FIRST, LAST] = [Date.parse("0001-01-01T00:00:00Z"), Date.parse("9999-12-31T23:59:59.999Z")];

/** Whether PostgreSQL can keep a moment as `toISOString` writes it: it is of the years 1 to 9999, in UTC. */
export function isStorableInstant(text: string): boolean {
  const ms = Date.parse(text);
  return ms >= FIRST && ms <= LAST;
}

/** The same for a moment in UTC that nothing has checked: of a day that exists, where `Date` takes the 31st of February. */
export const isUtcInstant = (text: string): boolean =>
  isStorableInstant(text) && new Date(text).toISOString().startsWith(text.slice(0, "2026-02-31".length));
