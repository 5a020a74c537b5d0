/** Of the driver, of the system, and of a PostgreSQL that stops, starts or has no connection left. */
const CODES = new Set([
  ...["CONNECTION_CLOSED", "CONNECTION_ENDED", "CONNECTION_DESTROYED", "CONNECT_TIMEOUT"],
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOENT"],
  ...["57P01", "57P02", "57P03", "53300"],
]);

/** Whether a statement failed because the database is away: it may have been done all the same. */
export function isConnectionLost(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const isOfDatabase = "query" in at || ("code" in at && String(at.code).startsWith("CONNECT"));
    if (isOfDatabase && "code" in at && CODES.has(String(at.code))) return true;
  }
  return false;
}
