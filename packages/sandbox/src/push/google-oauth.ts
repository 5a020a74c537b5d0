import { createPrivateKey, createPublicKey, timingSafeEqual } from "node:crypto";
import { compactVerify, decodeJwt } from "jose";
import type { Answer } from "../http-kit.ts";
import { macOf } from "../state.ts";
import type { SandboxWorld } from "../world.ts";

export const PROJECT_ID = "pult-sandbox";
const CLIENT_EMAIL = `firebase-adminsdk@${PROJECT_ID}.iam.gserviceaccount.com`;
const KEY_ID = "sandbox-key-1";
const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPES = ["https://www.googleapis.com/auth/firebase.messaging", "https://www.googleapis.com/auth/cloud-platform"];
const TOKEN_SECONDS = 3_599;
const CLOCK_SKEW_SECONDS = 300;

/** The JSON file that Google gives out for a service account; its token endpoint is the sandbox. */
export function createServiceAccount(world: SandboxWorld): Record<string, string> {
  return {
    type: "service_account",
    project_id: PROJECT_ID,
    private_key_id: KEY_ID,
    private_key: world.state.keys.serviceAccount,
    client_email: CLIENT_EMAIL,
    client_id: "100000000000000000001",
    auth_uri: `${world.origin}/oauth2/auth`,
    token_uri: tokenUri(world),
    universe_domain: "googleapis.com",
  };
}

function tokenUri(world: SandboxWorld): string {
  return `${world.origin}/oauth2/token`;
}

/** @see https://developers.google.com/identity/protocols/oauth2/service-account#httprest */
export async function grantToken(world: SandboxWorld, form: URLSearchParams): Promise<Answer> {
  if (form.get("grant_type") !== GRANT_TYPE) {
    return refuse("unsupported_grant_type", `Invalid grant_type: ${form.get("grant_type") ?? ""}`);
  }
  const assertion = form.get("assertion");
  if (assertion === null) return refuse("invalid_request", "Missing required parameter: assertion");
  const problem = await checkAssertion(world, assertion);
  if (problem !== null) return problem;
  return {
    status: 200,
    body: { access_token: createAccessToken(world), expires_in: TOKEN_SECONDS, token_type: "Bearer" },
  };
}

async function checkAssertion(world: SandboxWorld, assertion: string): Promise<Answer | null> {
  const publicKey = createPublicKey(createPrivateKey(world.state.keys.serviceAccount));
  let claims: Record<string, unknown>;
  try {
    claims = decodeJwt(assertion);
    if (claims.iss !== CLIENT_EMAIL) return refuse("invalid_grant", "Invalid grant: account not found");
    await compactVerify(assertion, publicKey, { algorithms: ["RS256"] });
  } catch {
    return refuse("invalid_grant", "Invalid JWT Signature.");
  }
  const { aud, exp, iat, scope } = claims;
  if (aud !== tokenUri(world)) return refuse("invalid_grant", "Invalid JWT: Failed audience check.");
  if (!isTimely(world.unixNow, Number(iat), Number(exp))) {
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
function createAccessToken({ state, unixNow }: SandboxWorld): string {
  const claims = `${unixNow + TOKEN_SECONDS}.${state.accessTokenEpoch}`;
  return `ya29.${claims}.${macOf(state, claims)}`;
}

/** Whether a request's `authorization` header bears a token that this sandbox issued and that has not expired. */
export function isAuthorized({ state, unixNow }: SandboxWorld, authorization: string | undefined): boolean {
  const match = /^Bearer ya29\.((\d+)\.(\d+))\.([\w-]+)$/.exec(authorization ?? "");
  const [, claims = "", expiresAt, epoch, mac = ""] = match ?? [];
  const expected = Buffer.from(macOf(state, claims));
  const given = Buffer.from(mac);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
  return Number(expiresAt) > unixNow && Number(epoch) === state.accessTokenEpoch;
}
