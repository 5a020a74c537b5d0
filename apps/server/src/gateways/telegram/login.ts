import type { IncomingMessage } from "node:http";
import {
  beginTelegramLogin,
  finishTelegramLogin,
  type TelegramIntent,
  type TelegramLogin,
  type TelegramLoginError,
  type TelegramLoginResult,
} from "@pult/api/auth/account/telegram-login.ts";
import { findDomainError } from "@pult/api/errors.ts";
import { httpOrigin } from "../../address.ts";
import type { App } from "../../app.ts";
import type { Call } from "../../gateway.ts";
import { sendJson } from "../../http/answers.ts";
import { contextOf, cookie, cookieName, readCookie, sessionCookie } from "../../http/identify.ts";
import type { GatewayServices } from "../services.ts";

/** Keeps what the browser must bring back. */
const COOKIE = "pult_telegram";
const CALLBACK = "/auth/telegram/callback";
const NEXT = "/inbox";
const NEXT_OF_LINK = "/settings/security";
const MAX_NEXT = 512;

/**
 * `GET /auth/telegram/start?next=/…` sends the browser to Telegram, with `link=1` to link it to the agent who is signed in;
 * `GET /auth/telegram/callback` is where it comes back. Both answer with redirects alone; what went wrong stands in `error=`.
 */
export function createTelegramLoginRoutes({ app, limits, secure }: Pick<GatewayServices, "app" | "limits" | "secure">) {
  const keep = (value: string, seconds: number) => cookie(COOKIE, value, { life: `Max-Age=${seconds}`, secure });

  async function start(call: Call, telegram: TelegramLogin): Promise<string> {
    const { request, response, url, ip } = call;
    const intent = intentOf(url);
    // Another site could send an agent's browser here; linking takes the agent's own decision.
    if (intent.kind === "link" && request.headers["sec-fetch-site"] === "cross-site")
      return addressOfFailure(intent, "telegramFailed");
    await limits.countSignIn(ip, `telegram:${ip}`);
    try {
      const redirectUri = addressOfCallback(app, request);
      const begun = await beginTelegramLogin(contextOf(app.deps, call), telegram, { intent, redirectUri });
      const { browserSecret, lifeMs, address } = begun;
      response.appendHeader("Set-Cookie", keep(browserSecret, lifeMs / 1000));
      return address.href;
    } catch (error) {
      const code = findDomainError(error)?.code;
      if (code === "UNAVAILABLE") return addressOfFailure(intent, "telegramUnavailable");
      if (code === "CONFIRMATION_REQUIRED") return addressOfFailure(intent, "telegramConfirm");
      if (code === "UNAUTHORIZED" || code === "FORBIDDEN") return addressOfFailure(intent, "telegramFailed");
      throw error;
    }
  }

  async function finish(call: Call, telegram: TelegramLogin): Promise<string> {
    const { request, response, url } = call;
    const browserSecret = readCookie(request.headers.cookie, cookieName(COOKIE, secure));
    response.appendHeader("Set-Cookie", keep("", 0));
    const result = await finishTelegramLogin(contextOf(app.deps, call), telegram, {
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
    async (call: Call): Promise<void> => {
      const { response } = call;
      if (!app.telegramLogin) return sendJson(response, 404, { error: "Not found" });
      const location = await step(call, app.telegramLogin);
      response.writeHead(302, { Location: location, "Cache-Control": "no-store", "Content-Length": 0 }).end();
    };
  return { start: serve(start), finish: serve(finish) };
}

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
