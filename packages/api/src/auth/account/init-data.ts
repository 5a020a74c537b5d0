import { createHmac, timingSafeEqual } from "node:crypto";
import { DomainError } from "../../errors.ts";

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
  hash: string;
}

export interface InitDataRules {
  botToken: string;
  now: Date;
  /** Older is refused. */
  maxAgeSeconds: number;
}

const MAX_FUTURE_SECONDS = 60;

/**
 * Reads `initData` and believes it only when Telegram signed it for our bot: HMAC-SHA256 over the sorted fields, compared in constant time.
 * @throws DomainError `UNAUTHORIZED`, always with the same words
 * @see https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
 */
export function verifyInitData(raw: string, rules: InitDataRules): InitData {
  const parsed = parse(raw);
  if (!parsed || !isSigned(parsed.fields, parsed.hash, rules.botToken)) throw refused();
  const ageSeconds = rules.now.getTime() / 1000 - parsed.authDate;
  if (ageSeconds > rules.maxAgeSeconds || ageSeconds < -MAX_FUTURE_SECONDS) throw refused();
  return { user: parsed.user, authDate: new Date(parsed.authDate * 1000), hash: parsed.hash };
}

const refused = () => new DomainError("UNAUTHORIZED", "Invalid init data");

function parse(raw: string) {
  if (raw.length === 0 || raw.length > 4096) return null;
  const fields = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(raw)) {
    if (fields.has(key)) return null;
    fields.set(key, value);
  }
  const hash = fields.get("hash") ?? "";
  const authDate = fields.get("auth_date") ?? "";
  const user = parseUser(fields.get("user") ?? "");
  if (!/^[0-9a-f]{64}$/.test(hash) || !/^\d{1,12}$/.test(authDate) || !user) return null;
  fields.delete("hash");
  return { fields, hash, authDate: Number(authDate), user };
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

function isSigned(fields: Map<string, string>, hash: string, botToken: string): boolean {
  const secret = createHmac("sha256", "WebAppData").update(botToken).digest();
  const lines = [...fields].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`);
  const expected = createHmac("sha256", secret).update(lines.join("\n")).digest();
  return timingSafeEqual(expected, Buffer.from(hash, "hex"));
}
