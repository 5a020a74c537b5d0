import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

/** 256 random bits, base64url. */
export const newSecret = (): string => randomBytes(32).toString("base64url");

/** What is stored of a token: it is random enough that a plain hash suffices. */
export const hashToken = (token: string): string => createHash("sha256").update(token).digest("hex");

const SESSION = /^ses_[A-Za-z0-9_-]{43}$/;
const ISSUED_KEY = /^pult_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$/;
const ADMIN_KEY = /^pult_[A-Za-z0-9_-]{43}$/;

export const newSessionToken = (): string => `ses_${newSecret()}`;

/** `pult_` + 43 base64url + `_` + 8 hex of the CRC-32 of what stands before it. */
export function newApiKey(): string {
  const body = `pult_${newSecret()}`;
  return `${body}_${checksum(body)}`;
}

const checksum = (body: string): string => crc32(body).toString(16).padStart(8, "0");

/** What a bearer string looks like; a key with a wrong checksum is unknown, so a typing error costs no database look-up. */
export function kindOfToken(token: string): "session" | "apiKey" | "adminKey" | "jwt" | "unknown" {
  if (SESSION.test(token)) return "session";
  if (ISSUED_KEY.test(token)) return checksum(token.slice(0, -9)) === token.slice(-8) ? "apiKey" : "unknown";
  if (ADMIN_KEY.test(token)) return "adminKey";
  if (/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(token)) return "jwt";
  return "unknown";
}

export const isAdminKey = (text: string): boolean => ADMIN_KEY.test(text);

/** Compares secrets in constant time. */
export function equalSecrets(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
