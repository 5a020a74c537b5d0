/** The request never left. */
const NOT_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Whether a request may have arrived that failed with this code. */
export const mayHaveArrived = (code: string | null): boolean => code === null || !NOT_SENT.has(code);

/** The code of a network failure. It holds no address, as a message can, and an address may hold a token. */
export function findCode(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ("code" in at && typeof at.code === "string" && /^[A-Z][A-Z0-9_]{2,40}$/.test(at.code)) return at.code;
  }
  return null;
}
