import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { exportJWK, SignJWT, UnsecuredJWT } from "jose";

export const CLIENT_ID = "7342037359";
/** Of characters that form-encoding would change. */
export const CLIENT_SECRET = "canary-client_secret~of.Telegram";

export interface IssuerUser {
  id: unknown;
  name?: string;
  preferred_username?: string;
}

/** Telegram's OpenID Connect provider as far as logins use it, over a real socket: whoever is asked says yes. */
export interface OidcIssuer extends AsyncDisposable {
  readonly origin: string;
  /** Variables that point a server here. */
  readonly env: Record<string, string>;
  /** Who signs in next. */
  user: IssuerUser;
  /** What the next id tokens say beside what they should. */
  claims: Record<string, unknown>;
  /** By whom the next id tokens are signed. */
  signature: "own" | "another key" | "none" | "client secret";
  /** Whether the nonce comes back, as OpenID Connect wants it; Telegram has been seen to leave it out. */
  echoesNonce: boolean;
  /** What every request gets in the place of an answer. */
  failing: { status: number; body: string } | null;
  /** Requests by path. */
  readonly seen: string[];
  /** Stops to listen; nothing answers any more. */
  goDown(): Promise<void>;
  comeUp(): Promise<void>;
  /** Back to a well-behaved issuer. */
  reset(): void;
}

interface Code {
  redirectUri: string;
  challenge: string;
  nonce: string | null;
}

const KEY_ID = "oidc-1";

export async function startOidcIssuer(): Promise<OidcIssuer> {
  const own = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const another = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...(await exportJWK(own.publicKey)), kid: KEY_ID, alg: "RS256", use: "sig" };
  const codes = new Map<string, Code>();
  const seen: string[] = [];
  let port = 0;
  let server: Server;

  const goodBehaviour = { claims: {}, signature: "own" as const, echoesNonce: false, failing: null };
  const issuer: OidcIssuer = {
    ...goodBehaviour,
    user: { id: 1, name: "Somebody" },
    seen,
    get origin() {
      return `http://127.0.0.1:${port}`;
    },
    get env() {
      return {
        TELEGRAM_LOGIN_CLIENT_ID: CLIENT_ID,
        TELEGRAM_LOGIN_CLIENT_SECRET: CLIENT_SECRET,
        TELEGRAM_LOGIN_ISSUER: issuer.origin,
      };
    },
    reset: () => void Object.assign(issuer, goodBehaviour),
    async goDown() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    async comeUp() {
      server = createServer((request, response) => {
        answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
      });
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      port = (server.address() as AddressInfo).port;
    },
    [Symbol.asyncDispose]: () => issuer.goDown(),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", issuer.origin);
    seen.push(url.pathname);
    if (issuer.failing) {
      response.writeHead(issuer.failing.status, { "content-type": "text/html" }).end(issuer.failing.body);
      return;
    }
    switch (`${request.method} ${url.pathname}`) {
      case "GET /.well-known/openid-configuration":
        return sendJson(response, 200, metadata());
      case "GET /.well-known/jwks.json":
        return sendJson(response, 200, { keys: [jwk] });
      case "GET /auth":
        return authorize(url.searchParams, response);
      case "POST /token":
        return grant(request, response);
    }
    response.writeHead(404).end();
  }

  const metadata = () => ({
    issuer: issuer.origin,
    authorization_endpoint: `${issuer.origin}/auth`,
    token_endpoint: `${issuer.origin}/token`,
    jwks_uri: `${issuer.origin}/.well-known/jwks.json`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    scopes_supported: ["openid", "profile", "phone", "telegram:bot_access"],
    code_challenge_methods_supported: ["S256"],
  });

  function authorize(asked: URLSearchParams, response: ServerResponse): void {
    const redirectUri = asked.get("redirect_uri") ?? "";
    const challenge = asked.get("code_challenge") ?? "";
    const state = asked.get("state") ?? "";
    const isFine =
      asked.get("client_id") === CLIENT_ID &&
      asked.get("response_type") === "code" &&
      asked.get("code_challenge_method") === "S256" &&
      /^[\w-]{43}$/.test(challenge) &&
      (asked.get("scope") ?? "").split(" ").includes("openid") &&
      // Longer ones Telegram answers with "state too long".
      state.length <= 64;
    if (!isFine) {
      response.writeHead(400).end("bad request");
      return;
    }
    const code = randomBytes(16).toString("hex");
    codes.set(code, { redirectUri, challenge, nonce: asked.get("nonce") });
    const back = new URL(redirectUri);
    back.search = new URLSearchParams({ code, state }).toString();
    response.writeHead(302, { location: back.href }).end();
  }

  async function grant(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request));
    const expected = `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString("base64")}`;
    if (request.headers.authorization !== expected || form.get("client_id") !== CLIENT_ID)
      return sendJson(response, 401, { error: "invalid_client" });
    const given = form.get("code") ?? "";
    const code = codes.get(given);
    codes.delete(given);
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (!code || form.get("redirect_uri") !== code.redirectUri || challenge !== code.challenge)
      return sendJson(response, 400, { error: "invalid_grant" });
    sendJson(response, 200, {
      access_token: randomBytes(16).toString("hex"),
      token_type: "Bearer",
      expires_in: 3600,
      id_token: await idToken(code),
    });
  }

  function idToken({ nonce }: Code): Promise<string> | string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer.origin,
      aud: CLIENT_ID,
      // Opaque, and not the user's id.
      sub: createHash("sha256").update(String(issuer.user.id)).digest("hex"),
      iat: now,
      exp: now + 3600,
      ...issuer.user,
      ...(issuer.echoesNonce && nonce !== null ? { nonce } : {}),
      ...issuer.claims,
    };
    if (issuer.signature === "none") return new UnsecuredJWT(claims).encode();
    if (issuer.signature === "client secret")
      return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(CLIENT_SECRET));
    const key = issuer.signature === "own" ? own : another;
    return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: KEY_ID }).sign(key.privateKey);
  }

  await issuer.comeUp();
  return issuer;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
