import { why } from "@pult/api/outbox/why.ts";
import { importPKCS8, SignJWT } from "jose";
import { z } from "zod";
import { parseJson } from "./parse-json.ts";
import { readRetryAfter } from "./retry-after.ts";

const SCOPE = "https://www.googleapis.com/auth/firebase.messaging";
const LIFETIME_SECONDS = 3600;
const RENEW_BEFORE_MS = 5 * 60 * 1000;

const serviceAccountSchema = z.object({
  project_id: z.string().regex(/^[a-z0-9:.-]+$/),
  client_email: z.string().min(1),
  private_key: z.string().includes("PRIVATE KEY"),
  private_key_id: z.string().optional(),
  token_uri: z.url({ protocol: /^https?$/ }),
});

/** The members of Google's service account file that FCM needs. */
export type ServiceAccount = z.infer<typeof serviceAccountSchema>;

/**
 * Reads the text of a service account file.
 * @throws Error naming the members that are missing or malformed, never their values
 */
export function parseServiceAccount(json: string): ServiceAccount {
  const value = parseJson(json);
  if (value === undefined) throw new Error("The FCM service account file is not JSON");
  const parsed = serviceAccountSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const members = [...new Set(parsed.error.issues.map((issue) => issue.path.join(".") || "everything"))];
  throw new Error(`The FCM service account file is missing or has malformed: ${members.join(", ")}`);
}

/** The token endpoint said no (`status`), or there was nothing to ask it with (null). */
export class AccessTokenError extends Error {
  readonly status: number | null;
  readonly retryAfterMs: number | null;

  constructor(status: number | null, reason: string, retryAfterMs: number | null) {
    super(`No access token: ${reason}`);
    this.name = "AccessTokenError";
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface AccessTokenOptions {
  account: ServiceAccount;
  timeoutMs: number;
  /** Unix milliseconds. */
  now: () => number;
}

/** Access tokens by the JWT bearer grant. @see https://developers.google.com/identity/protocols/oauth2/service-account#httprest */
export class AccessTokens {
  readonly #options: AccessTokenOptions;
  #cached: { token: string; staleAtMs: number } | null = null;
  #pending: Promise<string> | null = null;

  constructor(options: AccessTokenOptions) {
    this.#options = options;
  }

  /**
   * A token that is good for at least five more minutes; callers at the same time share one request.
   * @throws AccessTokenError when the endpoint refuses or the key is unusable; a network error when it cannot be reached
   */
  async get(): Promise<string> {
    if (this.#cached && this.#options.now() < this.#cached.staleAtMs) return this.#cached.token;
    this.#pending ??= this.#renew().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  /** Forgets a token that was refused, unless it was replaced already. */
  discard(token: string): void {
    if (this.#cached?.token === token) this.#cached = null;
  }

  async #renew(): Promise<string> {
    const { token, lifetimeMs } = await requestToken(this.#options);
    this.#cached = { token, staleAtMs: this.#options.now() + lifetimeMs - RENEW_BEFORE_MS };
    return token;
  }
}

async function requestToken(options: AccessTokenOptions): Promise<{ token: string; lifetimeMs: number }> {
  const response = await fetch(options.account.token_uri, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: await signAssertion(options),
    }),
    redirect: "error",
    signal: AbortSignal.timeout(options.timeoutMs),
  });
  const text = await response.text();
  const answer = tokenSchema.safeParse(parseJson(text)).data ?? {};
  if (!response.ok || answer.access_token === undefined) {
    const reason =
      answer.error_description ?? answer.error ?? why("answered", { service: "FCM", status: response.status }).reason;
    const retryAfterMs = readRetryAfter(response.headers.get("retry-after"), options.now());
    throw new AccessTokenError(response.status, reason, retryAfterMs);
  }
  return { token: answer.access_token, lifetimeMs: (answer.expires_in ?? LIFETIME_SECONDS) * 1000 };
}

const tokenSchema = z.object({
  access_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
});

async function signAssertion({ account, now }: AccessTokenOptions): Promise<string> {
  const issuedAt = Math.floor(now() / 1000);
  const key = await importPKCS8(account.private_key, "RS256").catch(() => {
    throw new AccessTokenError(null, why("badServiceAccount").reason, null);
  });
  return new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", ...(account.private_key_id && { kid: account.private_key_id }) })
    .setIssuer(account.client_email)
    .setAudience(account.token_uri)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS)
    .sign(key);
}
