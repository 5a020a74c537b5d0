import { createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { Answer } from "../http.ts";
import type { Host } from "../module.ts";

export const fcmState = z.object({
  /** PEM of the RSA key in the service account. */
  serviceAccountKey: z.string(),
  /** hex; signs access tokens, so that they outlive a restart. */
  tokenSecret: z.string(),
  /** Raised to make every access token issued so far invalid. */
  accessTokenEpoch: z.number(),
});
type FcmState = z.infer<typeof fcmState>;

export type FcmHost = Host<FcmState>;

export const PROJECT_ID = "pult-sandbox";
const CLIENT_EMAIL = `firebase-adminsdk@${PROJECT_ID}.iam.gserviceaccount.com`;
const KEY_ID = "sandbox-key-1";
const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPES = ["https://www.googleapis.com/auth/firebase.messaging", "https://www.googleapis.com/auth/cloud-platform"];
const TOKEN_SECONDS = 3_599;
const CLOCK_SKEW_SECONDS = 300;
const MAX_LIFETIME_SECONDS = 3_600;

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
  const { unixNow, state } = host;
  const problem = await findAssertionProblem(host, assertion);
  if (problem !== null) return problem;
  const token = new SignJWT({ epoch: state.accessTokenEpoch }).setProtectedHeader({ alg: "HS256" });
  const access_token = `ya29.${await token.setExpirationTime(unixNow + TOKEN_SECONDS).sign(secretOf(state))}`;
  return { status: 200, body: { access_token, expires_in: TOKEN_SECONDS, token_type: "Bearer" } };
}

async function findAssertionProblem(host: FcmHost, assertion: string): Promise<Answer | null> {
  try {
    const { payload } = await jwtVerify(assertion, createPublicKey(host.state.serviceAccountKey), {
      algorithms: ["RS256"],
      issuer: CLIENT_EMAIL,
      audience: tokenUri(host),
      currentDate: host.now(),
      clockTolerance: CLOCK_SKEW_SECONDS,
      maxTokenAge: MAX_LIFETIME_SECONDS,
    });
    const { exp = Number.NaN, iat = Number.NaN, scope } = payload;
    if (!(exp - iat <= MAX_LIFETIME_SECONDS)) throw new Error("Token must be a short-lived token (60 minutes)");
    if (SCOPES.some((name) => String(scope).split(" ").includes(name))) return null;
    return refuse("invalid_scope", "Invalid OAuth scope or ID token audience provided.");
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed)
      return refuse("invalid_grant", "Invalid JWT Signature.");
    return refuse("invalid_grant", `Invalid JWT: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function refuse(error: string, error_description: string): Answer {
  return { status: 400, body: { error, error_description } };
}

/** Whether a request's `authorization` header bears a token that this sandbox issued and that has not expired. */
export async function isAuthorized({ state, now }: FcmHost, authorization = ""): Promise<boolean> {
  const [, token = ""] = /^Bearer ya29\.(.+)$/.exec(authorization) ?? [];
  const options = { algorithms: ["HS256"], currentDate: now() };
  const verified = await jwtVerify(token, secretOf(state), options).catch(() => null);
  return verified?.payload.epoch === state.accessTokenEpoch;
}

function secretOf({ tokenSecret }: FcmState): Uint8Array {
  return Buffer.from(tokenSecret, "hex");
}
