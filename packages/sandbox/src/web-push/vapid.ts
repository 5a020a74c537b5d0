import { createPublicKey } from "node:crypto";
import { type JWTPayload, jwtVerify } from "jose";

const DAY_SECONDS = 86_400;

export interface VapidCheck {
  authorization: string | undefined;
  /** Origin of the push service, which `aud` must name. */
  origin: string;
  now: Date;
  /** The key the subscription was made for; null takes every key. */
  applicationServerKey: string | null;
}

export interface VapidProblem {
  status: 401 | 403;
  message: string;
}

/** Checks RFC 8292 credentials; null when they are good. */
export async function findVapidProblem(check: VapidCheck): Promise<VapidProblem | null> {
  const { token, key } = readCredentials(check.authorization);
  if (token === undefined || key === undefined) return unauthorized("Missing or malformed VAPID credentials");
  const publicKey = importKey(key);
  if (publicKey === null) return unauthorized("The VAPID key is not a point on P-256");
  try {
    const { payload } = await jwtVerify(token, publicKey, {
      algorithms: ["ES256"],
      audience: check.origin,
      requiredClaims: ["exp", "sub"],
      currentDate: check.now,
      clockTolerance: 30,
    });
    assertClaims(payload, check.now);
  } catch (error) {
    return unauthorized(`Invalid VAPID token: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (check.applicationServerKey === null || check.applicationServerKey === key) return null;
  return { status: 403, message: "The VAPID key is not the one this subscription was made for" };
}

function assertClaims({ exp = 0, sub = "" }: JWTPayload, now: Date): void {
  if (exp > now.getTime() / 1000 + DAY_SECONDS) throw new Error("it expires in more than 24 hours");
  if (!/^(?:mailto:\S+@\S+|https:\/\/\S+)$/.test(sub)) throw new Error("its subject must be a mailto: or https: URL");
}

/** `vapid t=<JWT>, k=<base64url key>`, in any order. */
function readCredentials(authorization = ""): { token?: string | undefined; key?: string | undefined } {
  const scheme = /^vapid\s+/i.exec(authorization);
  if (scheme === null) return {};
  const pairs = authorization.slice(scheme[0].length).split(/\s*,\s*/);
  const find = (name: string) => pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  return { token: find("t"), key: find("k")?.replace(/=+$/, "") };
}

function importKey(key: string) {
  const raw = Buffer.from(key, "base64url");
  if (raw.length !== 65 || raw[0] !== 4) return null;
  const [x, y] = [raw.subarray(1, 33).toString("base64url"), raw.subarray(33).toString("base64url")];
  try {
    return createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
  } catch {
    return null;
  }
}

function unauthorized(message: string): VapidProblem {
  return { status: 401, message };
}
