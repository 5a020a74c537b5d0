import { createHmac, timingSafeEqual } from "node:crypto";

/** Makes and checks the paths under which photos are loaded. */
export interface MediaLinks {
  /** `/uploads/<key>`, with an expiring signature when the installation requires one. */
  path(key: string): string;
  /** Whether a request for `key` with this query may have the file. */
  allows(key: string, query: URLSearchParams): boolean;
  /** A path of this server with an expiring signature, whatever the installation requires. */
  sign(path: string): string;
  /** Whether the query of a request for `path` has a signature that holds. */
  isSigned(path: string, query: URLSearchParams): boolean;
}

/** Signatures last between 12 and 24 h and are the same for 12 h, so that browsers can cache. */
const STEP_SECONDS = 12 * 60 * 60;

export function createMediaLinks(options: { secret: Uint8Array; signed: boolean; now: () => Date }): MediaLinks {
  const { secret, signed, now } = options;
  const sign = (key: string, expires: number) =>
    createHmac("sha256", secret).update(`${key}\n${expires}`).digest().subarray(0, 16);
  const seconds = () => Math.floor(now().getTime() / 1000);
  const queryFor = (signedText: string) => {
    const expires = (Math.floor(seconds() / STEP_SECONDS) + 2) * STEP_SECONDS;
    return `?e=${expires}&s=${sign(signedText, expires).toString("base64url")}`;
  };
  const holds = (signedText: string, query: URLSearchParams) => {
    const expires = Number(query.get("e"));
    const given = Buffer.from(query.get("s") ?? "", "base64url");
    if (!Number.isSafeInteger(expires) || expires < seconds() || given.length !== 16) return false;
    return timingSafeEqual(given, sign(signedText, expires));
  };

  return {
    path: (key) => (signed ? `/uploads/${key}${queryFor(key)}` : `/uploads/${key}`),
    allows: (key, query) => !signed || holds(key, query),
    sign: (path) => `${path}${queryFor(path)}`,
    isSigned: holds,
  };
}
