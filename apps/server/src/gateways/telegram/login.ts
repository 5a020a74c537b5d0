import type { IncomingMessage, ServerResponse } from "node:http";
import type { Actor } from "@pult/api/actor.ts";
import {
  beginTelegramLogin,
  finishTelegramLogin,
  type TelegramIntent,
  type TelegramLogin,
  type TelegramLoginError,
  type TelegramLoginResult,
} from "@pult/api/auth/account/telegram-login.ts";
import type { Context } from "@pult/api/context.ts";
import { findDomainError } from "@pult/api/errors.ts";
import { httpOrigin } from "../../address.ts";
import type { App } from "../../app.ts";
import { sendJson } from "../../http/answers.ts";
import { readCookie, sessionCookie } from "../../http/identify.ts";
import type { RateLimits } from "../../rate-limits.ts";

export interface TelegramLoginExchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  actor: Actor;
  ip: string;
}

interface LoginOptions {
  app: App;
  limits: RateLimits;
  /** https: cookies are for this host alone. */
  secure: boolean;
}

const CALLBACK = "/auth/telegram/callback";
const NEXT = "/inbox";
const NEXT_OF_LINK = "/settings/security";
const MAX_NEXT = 512;

/**
 * `GET /auth/telegram/start?next=/…` sends the browser to Telegram, with `link=1` to link it to the agent who is signed in;
 * `GET /auth/telegram/callback` is where it comes back. Both answer with redirects alone; what went wrong stands in `error=`.
 */
export function createTelegramLoginRoutes(options: LoginOptions) {
  const { app, limits, secure } = options;
  const cookie = secure ? "__Host-pult_telegram" : "pult_telegram";

  async function start(exchange: TelegramLoginExchange, telegram: TelegramLogin): Promise<string> {
    const { request, response, url, ip } = exchange;
    const intent = intentOf(url);
    // Another site could send an agent's browser here; linking takes the agent's own decision.
    if (intent.kind === "link" && request.headers["sec-fetch-site"] === "cross-site")
      return addressOfFailure(intent, "telegramFailed");
    await limits.countSignIn(ip, `telegram:${ip}`);
    try {
      const redirectUri = addressOfCallback(app, request);
      const begun = await beginTelegramLogin(contextOf(app, exchange), telegram, { intent, redirectUri });
      const { browserSecret, lifeMs, address } = begun;
      response.appendHeader("Set-Cookie", keepSecret(cookie, { value: browserSecret, seconds: lifeMs / 1000, secure }));
      return address.href;
    } catch (error) {
      const code = findDomainError(error)?.code;
      if (code === "UNAVAILABLE") return addressOfFailure(intent, "telegramUnavailable");
      if (code === "CONFIRMATION_REQUIRED") return addressOfFailure(intent, "telegramConfirm");
      if (code === "UNAUTHORIZED" || code === "FORBIDDEN") return addressOfFailure(intent, "telegramFailed");
      throw error;
    }
  }

  async function finish(exchange: TelegramLoginExchange, telegram: TelegramLogin): Promise<string> {
    const { request, response, url } = exchange;
    const browserSecret = readCookie(request.headers.cookie, cookie);
    response.appendHeader("Set-Cookie", keepSecret(cookie, { value: "", seconds: 0, secure }));
    const result = await finishTelegramLogin(contextOf(app, exchange), telegram, {
      redirectUri: addressOfCallback(app, request),
      state: url.searchParams.get("state") ?? "",
      code: url.searchParams.get("code"),
      browserSecret,
    });
    if (result.kind === "entered" && result.intent.kind === "signIn")
      response.appendHeader("Set-Cookie", sessionCookie(result.token, { expiresAt: result.expiresAt, secure }));
    return addressAfter(result);
  }

  const serve =
    (step: typeof start) =>
    async (exchange: TelegramLoginExchange): Promise<void> => {
      const { response } = exchange;
      if (!app.telegramLogin) return sendJson(response, 404, { error: "Not found" });
      const location = await step(exchange, app.telegramLogin);
      response.writeHead(302, { Location: location, "Cache-Control": "no-store", "Content-Length": 0 }).end();
    };
  return { start: serve(start), finish: serve(finish) };
}

const contextOf = ({ deps }: App, { request, actor, ip }: TelegramLoginExchange): Context => ({
  ...deps,
  actor,
  ip,
  userAgent: request.headers["user-agent"] ?? "",
});

/** Telegram knows this address; what the request says of its host counts for nothing. */
function addressOfCallback({ env }: App, { socket }: IncomingMessage): string {
  return `${env.PUBLIC_URL ?? httpOrigin(env.HOST, socket.localPort ?? env.PORT)}${CALLBACK}`;
}

function intentOf({ searchParams }: URL): TelegramIntent {
  const wanted = ownPath(searchParams.get("next"));
  if (searchParams.get("link") === "1") return { kind: "link", next: wanted ?? NEXT_OF_LINK };
  const next = wanted ?? NEXT;
  return { kind: /^\/app(?:[/?]|$)/.test(next) ? "customer" : "signIn", next };
}

/** A path of this installation, without fragment; null for anything that could lead elsewhere. */
export function ownPath(wanted: string | null): string | null {
  if (!wanted?.startsWith("/") || wanted.length > MAX_NEXT) return null;
  const url = URL.parse(wanted, "http://local");
  if (url?.origin !== "http://local" || url.username !== "" || url.password !== "") return null;
  const path = url.pathname + url.search;
  // `/.//host` has become `//host` by now, which browsers take for a host.
  return path.startsWith("//") ? null : path;
}

function addressAfter(result: TelegramLoginResult): string {
  const { intent } = result;
  if (result.kind === "failed") return addressOfFailure(intent, result.error);
  // Behind the #, where no server and no other site gets to see it.
  if (result.kind === "entered" && intent.kind === "customer") return `${intent.next}#session=${result.token}`;
  return intent.next;
}

function addressOfFailure({ kind, next }: TelegramIntent, error: TelegramLoginError): string {
  if (kind === "customer") return `${next}#error=${error}`;
  if (kind === "link") return `${next}${next.includes("?") ? "&" : "?"}error=${error}`;
  return `/sign-in?error=${error}${next === NEXT ? "" : `&next=${encodeURIComponent(next)}`}`;
}

/** Lax, because the way back from Telegram begins on another site. */
function keepSecret(name: string, rules: { value: string; seconds: number; secure: boolean }): string {
  const { value, seconds, secure } = rules;
  const attributes = [`${name}=${value}`, "Path=/", "HttpOnly", "SameSite=Lax", `Max-Age=${seconds}`];
  return (secure ? [...attributes, "Secure"] : attributes).join("; ");
}
