import type { TelegramLogin } from "@pult/api/auth/account/telegram-login.ts";
import type { TelegramIdentity } from "@pult/api/auth/account/telegram-sign-in.ts";
import { authError } from "@pult/api/auth/errors.ts";
import type { Logger } from "@pult/api/logger.ts";
import * as oidc from "openid-client";

export interface TelegramLoginOptions {
  /** Its discovery document lies below, at `/.well-known/openid-configuration`. */
  issuer: string;
  clientId: string;
  clientSecret: string;
  log: Logger;
}

/** `profile` is what carries the user's id. */
const SCOPES = "openid profile";
const TIMEOUT_SECONDS = 5;
const TRIES = 2;
/** After that the discovery document is read again. */
const DISCOVERED_MS = 60 * 60_000;
const NAME_LENGTH = 128;

/** Log In With Telegram over OpenID Connect. @see https://core.telegram.org/bots/telegram-login#openid-connect */
export function createTelegramLogin(options: TelegramLoginOptions): TelegramLogin {
  const { log } = options;
  let known: { configuration: Promise<oidc.Configuration>; until: number } | null = null;

  /** Kept for a while when it worked; asked for anew when it did not. */
  function discovered(): Promise<oidc.Configuration> {
    if (known && Date.now() < known.until) return known.configuration;
    const configuration = discover(options);
    const mine = { configuration, until: Date.now() + DISCOVERED_MS };
    known = mine;
    configuration.catch(() => {
      if (known === mine) known = null;
    });
    return configuration;
  }

  return {
    async addressOf({ redirectUri, state, nonce, codeVerifier }) {
      try {
        return oidc.buildAuthorizationUrl(await discovered(), {
          redirect_uri: redirectUri,
          scope: SCOPES,
          state,
          nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: "S256",
        });
      } catch (error) {
        log.warn({ reason: reasonOf(error) }, "Telegram Login could not be reached");
        throw authError("telegramUnavailable");
      }
    },

    async redeem({ redirectUri, nonce, codeVerifier, code }) {
      try {
        const tokens = await oidc.genericGrantRequest(await discovered(), "authorization_code", {
          code,
          redirect_uri: redirectUri,
          code_verifier: codeVerifier,
        });
        return identityOf(tokens.claims(), nonce);
      } catch (error) {
        const away = isOutOfReach(error);
        log.warn({ reason: reasonOf(error) }, away ? "Telegram Login could not be reached" : "A Telegram login failed");
        if (away) throw authError("telegramUnavailable");
        throw authError("telegramRefused");
      }
    },
  };
}

async function discover(options: TelegramLoginOptions): Promise<oidc.Configuration> {
  const { clientId, clientSecret } = options;
  const issuer = new URL(options.issuer);
  // Signatures are checked although the token comes straight from the issuer: it is what everything rests on.
  const execute = [oidc.enableNonRepudiationChecks];
  // Only an issuer on this machine gets this far with http. @see parseEnv
  if (issuer.protocol === "http:") execute.push(oidc.allowInsecureRequests);
  for (let left = TRIES; ; left--) {
    try {
      return await oidc.discovery(issuer, clientId, undefined, basicAuth(clientSecret), {
        execute,
        timeout: TIMEOUT_SECONDS,
      });
    } catch (error) {
      if (left === 1 || !isOutOfReach(error)) throw error;
    }
  }
}

/** As Telegram documents it: not form-encoded first, which the library would do, and the client id in the body as well. */
const basicAuth =
  (clientSecret: string): oidc.ClientAuth =>
  (_issuer, { client_id: clientId }, body, headers) => {
    headers.set("authorization", `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`);
    body.set("client_id", clientId);
  };

/**
 * Issuer, audience, times and signature hold by now. Telegram has been seen to leave the nonce out; PKCE ties the code to the browser then,
 * and a nonce that is there has to be the right one.
 */
function identityOf(claims: oidc.IDToken | undefined, nonce: string): TelegramIdentity {
  if (!claims) throw new Error("no id token");
  if (claims.nonce !== undefined && claims.nonce !== nonce) throw new Error("another nonce");
  const id = readId(claims.id);
  if (!id) throw new Error("no user id");
  const name = readText(claims.name) ?? readText(claims.preferred_username) ?? id;
  return { id, name: name.slice(0, NAME_LENGTH), username: readText(claims.preferred_username) };
}

function readId(claim: unknown): string | null {
  if (typeof claim === "number") return Number.isSafeInteger(claim) && claim > 0 ? String(claim) : null;
  return typeof claim === "string" && /^[1-9]\d{0,15}$/.test(claim) ? claim : null;
}

function readText(claim: unknown): string | null {
  // PostgreSQL stores no zero character.
  const text = typeof claim === "string" ? claim.replaceAll("\0", "").trim() : "";
  return text === "" ? null : text;
}

const AWAY = new Set([
  "OAUTH_TIMEOUT",
  "OAUTH_ABORT",
  // What a proxy in between says of itself is not of the protocol.
  "OAUTH_RESPONSE_IS_NOT_JSON",
  "OAUTH_PARSE_ERROR",
]);

function isOutOfReach(error: unknown): boolean {
  if (error instanceof oidc.ResponseBodyError) return error.status >= 500 || error.status === 429;
  if (error instanceof oidc.ClientError) {
    const { code, cause } = error;
    if (code === "OAUTH_RESPONSE_IS_NOT_CONFORM" && cause instanceof Response) {
      return cause.status >= 500 || cause.status === 429;
    }
    return code !== undefined && AWAY.has(code);
  }
  // fetch says nothing else when there is no answer.
  return error instanceof TypeError;
}

/** Never the error itself: it holds what was sent and received, tokens among it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error instanceof oidc.ResponseBodyError) return `${error.error} (${error.status})`;
  const code = "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${code}${cause}`;
}
