const MAX_MS = 24 * 60 * 60 * 1000;

/**
 * Milliseconds to wait by a `Retry-After` header: seconds or an HTTP date, from 0 to a day.
 * @returns null when there is none or it cannot be read
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function readRetryAfter(header: string | null | undefined, nowMs: number): number | null {
  const value = header?.trim() ?? "";
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : httpDateMs(value) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), MAX_MS);
}

function httpDateMs(value: string): number {
  return /^[A-Z][a-z]{2,8},? /.test(value) ? Date.parse(value) : Number.NaN;
}
