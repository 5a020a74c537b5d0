import { createHmac, createPublicKey, generateKeyPairSync, randomBytes, timingSafeEqual } from "node:crypto";
import { compactVerify, decodeJwt } from "jose";
import type { Answer } from "../http.ts";
import type { Host } from "../module.ts";

export interface FcmState {
  /** PEM of the RSA key in the service account. */
  serviceAccountKey: string;
  /** hex; the MAC of access tokens is made with it. */
  tokenSecret: string;
  /** Raised to make every access token issued so far invalid. */
  accessTokenEpoch: number;
}

export type FcmHost = Host<FcmState>;

export const PROJECT_ID = "pult-sandbox";
const CLIENT_EMAIL = `firebase-adminsdk@${PROJECT_ID}.iam.gserviceaccount.com`;
const KEY_ID = "sandbox-key-1";
const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPES = ["https://www.googleapis.com/auth/firebase.messaging", "https://www.googleapis.com/auth/cloud-platform"];
const TOKEN_SECONDS = 3_599;
const CLOCK_SKEW_SECONDS = 300;

export function createKeys(): FcmState {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    serviceAccountKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    tokenSecret: randomBytes(32).toString("hex"),
    accessTokenEpoch: 1,
  };
}

/** The JSON file that Google gives out for a service account; its token endpoint is the sandbox. */
export function createServiceAccount(host: FcmHost): Record<string, string> {
  return {
    type: "service_account",
    project_id: PROJECT_ID,
    private_key_id: KEY_ID,
    private_key: host.state.serviceAccountKey,
    client_email: CLIENT_EMAIL,
    client_id: "100000000000000000001",
    auth_uri: `${host.origin}/oauth2/auth`,
    token_uri: tokenUri(host),
    universe_domain: "googleapis.com",
  };
}

function tokenUri(host: FcmHost): string {
  return `${host.origin}/oauth2/token`;
}

/** @see https://developers.google.com/identity/protocols/oauth2/service-account#httprest */
export async function grantToken(host: FcmHost, form: URLSearchParams): Promise<Answer> {
  if (form.get("grant_type") !== GRANT_TYPE) {
    return refuse("unsupported_grant_type", `Invalid grant_type: ${form.get("grant_type") ?? ""}`);
  }
  const assertion = form.get("assertion");
  if (assertion === null) return refuse("invalid_request", "Missing required parameter: assertion");
  const problem = await checkAssertion(host, assertion);
  if (problem !== null) return problem;
  return {
    status: 200,
    body: { access_token: createAccessToken(host), expires_in: TOKEN_SECONDS, token_type: "Bearer" },
  };
}

async function checkAssertion(host: FcmHost, assertion: string): Promise<Answer | null> {
  const publicKey = createPublicKey(host.state.serviceAccountKey);
  let claims: Record<string, unknown>;
  try {
    claims = decodeJwt(assertion);
    if (claims.iss !== CLIENT_EMAIL) return refuse("invalid_grant", "Invalid grant: account not found");
    await compactVerify(assertion, publicKey, { algorithms: ["RS256"] });
  } catch {
    return refuse("invalid_grant", "Invalid JWT Signature.");
  }
  const { aud, exp, iat, scope } = claims;
  if (aud !== tokenUri(host)) return refuse("invalid_grant", "Invalid JWT: Failed audience check.");
  if (!isTimely(host.unixNow, Number(iat), Number(exp))) {
    const advice = "Token must be a short-lived token (60 minutes) and in a reasonable timeframe.";
    return refuse("invalid_grant", `Invalid JWT: ${advice} Check your iat and exp values in the JWT claim.`);
  }
  const scopes = typeof scope === "string" ? scope.split(" ") : [];
  if (scopes.some((name) => SCOPES.includes(name))) return null;
  return refuse("invalid_scope", "Invalid OAuth scope or ID token audience provided.");
}

function isTimely(now: number, iat: number, exp: number): boolean {
  return exp > now - CLOCK_SKEW_SECONDS && iat < now + CLOCK_SKEW_SECONDS && exp - iat <= 3_600 && exp > iat;
}

function refuse(error: string, error_description: string): Answer {
  return { status: 400, body: { error, error_description } };
}

/** Carries its own expiry and MAC, so that it outlives a restart of the sandbox. */
function createAccessToken({ state, unixNow }: FcmHost): string {
  const claims = `${unixNow + TOKEN_SECONDS}.${state.accessTokenEpoch}`;
  return `ya29.${claims}.${macOf(state, claims)}`;
}

/** Whether a request's `authorization` header bears a token that this sandbox issued and that has not expired. */
export function isAuthorized({ state, unixNow }: FcmHost, authorization: string | undefined): boolean {
  const match = /^Bearer ya29\.((\d+)\.(\d+))\.([\w-]+)$/.exec(authorization ?? "");
  const [, claims = "", expiresAt, epoch, mac = ""] = match ?? [];
  const expected = Buffer.from(macOf(state, claims));
  const given = Buffer.from(mac);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
  return Number(expiresAt) > unixNow && Number(epoch) === state.accessTokenEpoch;
}

function macOf({ tokenSecret }: FcmState, claims: string): string {
  return createHmac("sha256", Buffer.from(tokenSecret, "hex")).update(claims).digest("base64url");
}
