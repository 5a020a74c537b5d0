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

interface Code {
  redirectUri: string;
  challenge: string;
  nonce: string | null;
}

const KEY_ID = "oidc-1";

/** Telegram's OpenID Connect provider as far as logins use it, over a real socket: it approves every login. */
export class OidcIssuer implements AsyncDisposable {
  /** Who signs in next. */
  user: IssuerUser = { id: 1, name: "Somebody" };
  /** What the next id tokens say beside what they should. */
  claims: Record<string, unknown> = {};
  /** By whom the next id tokens are signed. */
  signature: "own" | "another key" | "none" | "client secret" = "own";
  /** Whether the nonce comes back, as OpenID Connect wants it; Telegram has been seen to leave it out. */
  echoesNonce = false;
  /** What every request gets in the place of an answer. */
  failing: { status: number; body: string } | null = null;
  readonly #own = generateKeyPairSync("rsa", { modulusLength: 2048 });
  readonly #another = generateKeyPairSync("rsa", { modulusLength: 2048 });
  readonly #codes = new Map<string, Code>();
  #server: Server = createServer();
  #port = 0;

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Variables that point a server here. */
  get env(): Record<string, string> {
    return {
      TELEGRAM_LOGIN_CLIENT_ID: CLIENT_ID,
      TELEGRAM_LOGIN_CLIENT_SECRET: CLIENT_SECRET,
      TELEGRAM_LOGIN_ISSUER: this.origin,
    };
  }

  /** Back to good behaviour. */
  reset(): void {
    this.claims = {};
    this.signature = "own";
    this.echoesNonce = false;
    this.failing = null;
  }

  /** Listens, on the port of last time. */
  async comeUp(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
    });
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Nothing answers any more. */
  async goDown(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.goDown();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.origin);
    if (this.failing) {
      response.writeHead(this.failing.status, { "content-type": "text/html" }).end(this.failing.body);
      return;
    }
    switch (`${request.method} ${url.pathname}`) {
      case "GET /.well-known/openid-configuration":
        return sendJson(response, 200, this.#metadata());
      case "GET /.well-known/jwks.json":
        return sendJson(response, 200, { keys: [await this.#jwk()] });
      case "GET /auth":
        return this.#authorize(url.searchParams, response);
      case "POST /token":
        return this.#grant(request, response);
    }
    response.writeHead(404).end();
  }

  #metadata() {
    return {
      issuer: this.origin,
      authorization_endpoint: `${this.origin}/auth`,
      token_endpoint: `${this.origin}/token`,
      jwks_uri: `${this.origin}/.well-known/jwks.json`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      scopes_supported: ["openid", "profile", "phone", "telegram:bot_access"],
      code_challenge_methods_supported: ["S256"],
    };
  }

  async #jwk() {
    return { ...(await exportJWK(this.#own.publicKey)), kid: KEY_ID, alg: "RS256", use: "sig" };
  }

  #authorize(asked: URLSearchParams, response: ServerResponse): void {
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
    this.#codes.set(code, { redirectUri, challenge, nonce: asked.get("nonce") });
    const back = new URL(redirectUri);
    back.search = new URLSearchParams({ code, state }).toString();
    response.writeHead(302, { location: back.href }).end();
  }

  async #grant(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request));
    const expected = `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString("base64")}`;
    if (request.headers.authorization !== expected || form.get("client_id") !== CLIENT_ID)
      return sendJson(response, 401, { error: "invalid_client" });
    const given = form.get("code") ?? "";
    const code = this.#codes.get(given);
    this.#codes.delete(given);
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (!code || form.get("redirect_uri") !== code.redirectUri || challenge !== code.challenge)
      return sendJson(response, 400, { error: "invalid_grant" });
    sendJson(response, 200, {
      access_token: randomBytes(16).toString("hex"),
      token_type: "Bearer",
      expires_in: 3600,
      id_token: await this.#idToken(code),
    });
  }

  #idToken({ nonce }: Code): Promise<string> | string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.origin,
      aud: CLIENT_ID,
      // Opaque, and not the user's id.
      sub: createHash("sha256").update(String(this.user.id)).digest("hex"),
      iat: now,
      exp: now + 3600,
      ...this.user,
      ...(this.echoesNonce && nonce !== null ? { nonce } : {}),
      ...this.claims,
    };
    if (this.signature === "none") return new UnsecuredJWT(claims).encode();
    if (this.signature === "client secret")
      return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(CLIENT_SECRET));
    const { privateKey } = this.signature === "own" ? this.#own : this.#another;
    return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: KEY_ID }).sign(privateKey);
  }
}

export async function startOidcIssuer(): Promise<OidcIssuer> {
  const issuer = new OidcIssuer();
  await issuer.comeUp();
  return issuer;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
