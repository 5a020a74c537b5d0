import { createHash, createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from "node:crypto";
import { authError } from "../errors.ts";

export interface InitDataUser {
  /** Telegram user id, decimal. */
  id: string;
  name: string;
  username: string | null;
  languageCode: string | null;
}

export interface InitData {
  user: InitDataUser;
  /** When Telegram signed it. */
  authDate: Date;
  /** SHA-256 of what was signed, hex: the same by whichever of its two signatures it is shown. */
  digest: string;
}

export interface InitDataRules {
  botToken: string;
  now: Date;
  /** Older is refused. */
  maxAgeSeconds: number;
  /** Whose Ed25519 signatures are believed: 32 bytes, hex. Telegram's production key where it is absent. */
  publicKey?: string | undefined;
}

/** Telegram's own keys. @see https://core.telegram.org/bots/webapps#validating-data-for-third-party-use */
export const TELEGRAM_PUBLIC_KEYS = {
  production: "e7bf03a2fa4602af4580703d88dda5bb59f32ed8b02a56c187fe7d34caed242d",
  test: "40055058a4ee38156a06562e52eece92a771bcd8346a8c4615cb7376eddf72ec",
};

const MAX_FUTURE_SECONDS = 60;

/**
 * Reads `initData` and believes it only when Telegram signed it for our bot: where it has a `hash`, by HMAC-SHA256 over all other sorted
 * fields, compared in constant time; else by `signature`, Ed25519 over the bot's id and the fields without both.
 * @throws DomainError `UNAUTHORIZED`, always with the same words
 * @see https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
 */
export function verifyInitData(raw: string, rules: InitDataRules): InitData {
  const parsed = parse(raw);
  if (!parsed || !isSigned(parsed.fields, rules)) throw refused();
  const ageSeconds = rules.now.getTime() / 1000 - parsed.authDate;
  if (ageSeconds > rules.maxAgeSeconds || ageSeconds < -MAX_FUTURE_SECONDS) throw refused();
  const digest = createHash("sha256")
    .update(linesOf(parsed.fields, "hash", "signature"))
    .digest("hex");
  return { user: parsed.user, authDate: new Date(parsed.authDate * 1000), digest };
}

/** What is said of init data that is not believed, for whatever reason. */
export const refused = () => authError("initDataInvalid");

function parse(raw: string) {
  if (raw.length === 0 || raw.length > 4096) return null;
  const fields = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(raw)) {
    if (fields.has(key)) return null;
    fields.set(key, value);
  }
  const authDate = fields.get("auth_date") ?? "";
  const user = parseUser(fields.get("user") ?? "");
  if (!/^\d{1,12}$/.test(authDate) || !user) return null;
  return { fields, authDate: Number(authDate), user };
}

function parseUser(json: string): InitDataUser | null {
  let user: unknown;
  try {
    user = JSON.parse(json);
  } catch {
    return null;
  }
  if (typeof user !== "object" || user === null) return null;
  const { id, first_name, last_name, username, language_code } = user as Record<string, unknown>;
  if (typeof id !== "number" || !Number.isSafeInteger(id) || id <= 0) return null;
  const name = [first_name, last_name].filter((part) => typeof part === "string" && part !== "").join(" ");
  return {
    id: String(id),
    name: name || String(id),
    username: textOrNull(username),
    languageCode: textOrNull(language_code),
  };
}

const textOrNull = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value.slice(0, 64) : null;

function isSigned(fields: Map<string, string>, { botToken, publicKey }: InitDataRules): boolean {
  const hash = fields.get("hash");
  if (hash !== undefined) return isHash(fields, { hash, botToken });
  const signature = fields.get("signature");
  return signature !== undefined && isSignature(fields, { signature, botToken, publicKey });
}

/** `signature` is one of the fields that the hash covers. */
function isHash(fields: Map<string, string>, { hash, botToken }: { hash: string; botToken: string }): boolean {
  if (!/^[0-9a-f]{64}$/.test(hash)) return false;
  const secret = createHmac("sha256", "WebAppData").update(botToken).digest();
  const expected = createHmac("sha256", secret).update(linesOf(fields, "hash")).digest();
  return timingSafeEqual(expected, Buffer.from(hash, "hex"));
}

function isSignature(
  fields: Map<string, string>,
  given: { signature: string; botToken: string; publicKey: string | undefined },
): boolean {
  const { signature, botToken, publicKey = TELEGRAM_PUBLIC_KEYS.production } = given;
  const bytes = Buffer.from(signature, "base64url");
  // Decoding forgives what is no base64url; only the one way to write these 64 bytes is taken.
  if (bytes.length !== 64 || bytes.toString("base64url") !== signature) return false;
  const [botId] = botToken.split(":");
  const signed = `${botId}:WebAppData\n${linesOf(fields, "hash", "signature")}`;
  return verify(null, Buffer.from(signed), keyOf(publicKey), bytes);
}

const keyOf = (hex: string): KeyObject =>
  createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(hex, "hex").toString("base64url") },
    format: "jwk",
  });

/** The sorted fields but those, as both signatures cover them. */
function linesOf(fields: Map<string, string>, ...without: string[]): string {
  const covered = [...fields].filter(([name]) => !without.includes(name));
  return covered
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");
}
