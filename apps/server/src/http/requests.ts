import type { IncomingMessage, ServerResponse } from "node:http";
import type { Actor } from "@pult/api/actor.ts";
import { DomainError, findDomainError, HTTP_STATUS } from "@pult/api/errors.ts";
import { fetchPhotoUrl } from "../adapters/photo-url.ts";
import type { Parts } from "../deps.ts";
import { enforceDoor, findHttpDoor, HTTP_DOORS, type HttpDoor, type HttpDoorName } from "../doors.ts";
import { encodeError } from "../gateways/support/errors.ts";
import { createSupportRest, type SupportCall } from "../gateways/support/rest.ts";
import { createTelegramLoginDoor } from "../gateways/telegram/login.ts";
import { receiveTelegramWebhook, requireSecret, shownSecret } from "../gateways/telegram/webhook.ts";
import { encodeTrpcRefusal } from "../gateways/trpc/errors.ts";
import { createTrpcHttp } from "../gateways/trpc/http.ts";
import { proceduresOf } from "../gateways/trpc/path.ts";
import type { RateLimits } from "../rate-limits.ts";
import type { TokenGuard } from "../token-guard.ts";
import type { Web } from "../web.ts";
import type { Workers } from "../workers.ts";
import { createBackupDoors } from "./admin-backup.ts";
import { sendJson } from "./answers.ts";
import { clientAddress } from "./client-address.ts";
import { type Readiness, readiness } from "./health.ts";
import { headerToken, identify } from "./identify.ts";
import type { Origins } from "./origins.ts";
import { setBaseHeaders } from "./security-headers.ts";
import { receiveUpload, serveUpload } from "./uploads.ts";

export interface RequestOptions {
  parts: Parts;
  workers: Workers;
  limits: RateLimits;
  guard: TokenGuard;
  origins: Origins;
  secure: boolean;
  /** Serves `/socket.io/`. */
  engine(request: IncomingMessage, response: ServerResponse): void;
  /** Null in the API process alone. */
  web(): Web | null;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  ip: string;
}

/** A request that its door has let in. */
interface Admitted extends Exchange {
  actor: Actor;
  /** From the path, as written. */
  params: Record<string, string>;
}

type Handler = (admitted: Admitted) => Promise<void> | void;

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
const NOBODY: Actor = { kind: "anonymous" };

/** Every HTTP request, by the table of doors. */
export function createRequestListener(options: RequestOptions) {
  const { parts, limits, guard, origins, secure } = options;
  const { deps, env, outside, secrets } = parts;
  const handlers = createHandlers(options);

  async function route(exchange: Exchange): Promise<void> {
    const found = findHttpDoor(exchange.request.method ?? "", exchange.url.pathname);
    if (found.door === null) return refuseMethod(exchange, found);
    const { door: name, params } = found;
    const actor = await admit(exchange, { name, params });
    await handlers[name]({ ...exchange, actor, params });
  }

  /** @throws DomainError what the door says to those it does not let in */
  async function admit(
    exchange: Exchange,
    { name, params }: { name: HttpDoorName; params: Record<string, string> },
  ): Promise<Actor> {
    const { request, url, ip } = exchange;
    const { policy }: HttpDoor = HTTP_DOORS[name];
    switch (policy.kind) {
      case "public":
      case "handshake":
        return NOBODY;
      case "sandbox":
        if (!outside.sandbox) throw new DomainError("NOT_FOUND", "Not found");
        return NOBODY;
      case "signedLink":
        if (deps.mediaLinks.allows(params.file ?? "", url.searchParams)) return NOBODY;
        await limits.count({ actor: NOBODY, ip, door: "http" });
        throw new DomainError("UNAUTHORIZED", "Unauthorized");
      case "webhookSecret": {
        const token = shownSecret(request);
        await guard.admit({ ip, token }, async () => requireSecret(token, secrets.webhookSecret));
        return NOBODY;
      }
      default: {
        const actor = await identified(exchange, name);
        enforceDoor(policy, actor, env.LEGACY_AUTH);
        return actor;
      }
    }
  }

  /** Who calls, counted. @throws DomainError `UNAUTHORIZED` for a wrong token, `RATE_LIMITED` */
  async function identified({ request, url, ip }: Exchange, name: HttpDoorName): Promise<Actor> {
    const { protocol, policy }: HttpDoor = HTTP_DOORS[name];
    const own = origins.check(request) === "own";
    // A cookie counts for reading, and for writing only with our own origin: no other site can make a browser write. What is behind an
    // inner door is asked for by other sites too: one comes back from Telegram's sign-in.
    const isSentHere = policy.kind !== "inner" && request.headers["sec-fetch-site"] === "cross-site";
    const rules =
      protocol === "support"
        ? ({ audience: "support", cookies: false, secure } as const)
        : ({ audience: "trpc", cookies: own || (request.method === "GET" && !isSentHere), secure } as const);
    const actor = await guard.admit({ ip, token: headerToken(request) }, () => identify(deps, request, rules));
    const calls = name === "trpc" ? proceduresOf(url).length : 1;
    await limits.count({ actor, ip, door: protocol ?? "http", calls });
    return actor;
  }

  function answerError(error: unknown, { response, url, request }: Exchange): void {
    const known = findDomainError(error);
    if (!known) parts.log.error({ err: error, path: url.pathname }, "A request failed");
    if (known?.retryAfterSeconds) response.setHeader("Retry-After", String(known.retryAfterSeconds));
    if (protocolAt(request, url) === "support") {
      const { status, body } = encodeError(error) ?? UNEXPECTED;
      sendJson(response, status, body);
      return;
    }
    const status = known ? HTTP_STATUS[known.code] : 500;
    const message = known?.message ?? "Internal server error";
    const refusal = { status, message, code: known?.code ?? null, retryAfterSeconds: known?.retryAfterSeconds ?? null };
    const isTrpc = url.pathname.startsWith("/trpc/");
    sendJson(response, status, isTrpc ? encodeTrpcRefusal(url, refusal) : { error: message });
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    const url = parseUrl(request.url);
    setBaseHeaders(response, { secure });
    if (url === null) return void sendJson(response, 404, { error: "Not found" });
    const exchange = { request, response, url, ip: clientAddress(request, env.TRUSTED_PROXIES) };
    if (!allowOrigin(exchange, origins)) return;
    route(exchange).catch((error) => answerError(error, exchange));
  };
}

const UNEXPECTED = { status: 500, body: { success: false, error: "Internal server error" } };

/** One for every door of the table. */
function createHandlers(options: RequestOptions): Record<HttpDoorName, Handler> {
  const { parts, workers, limits, secure } = options;
  const { deps, env, outside } = parts;
  const trpc = createTrpcHttp({ deps, limits, secure });
  const telegramLogin = createTelegramLoginDoor({ parts, limits, secure });
  const support = createSupportRest({
    deps,
    limits,
    legacyAuth: env.LEGACY_AUTH,
    fetchPhoto: (url) => fetchPhotoUrl(url, { hosts: env.PHOTO_URL_HOSTS, exemptOrigin: outside.exemptOrigin }),
  });
  let asked: Promise<Readiness> | null = null;
  const backups = createBackupDoors(env.DATA_DIR);
  const contextOf = ({ request, actor, ip }: Pick<Admitted, "request" | "actor" | "ip">) => ({
    ...deps,
    actor,
    ip,
    userAgent: request.headers["user-agent"] ?? "",
  });
  const documented =
    (answer: (call: SupportCall) => Promise<unknown>): Handler =>
    async (admitted) =>
      sendJson(admitted.response, 200, await answer(admitted));

  async function page({ request, response }: Admitted): Promise<void> {
    const web = options.web();
    if (!web) return sendJson(response, 404, { error: "Not found" });
    await web.serve(request, response);
  }

  return {
    health: ({ response }) => sendJson(response, 200, { status: "ok" }),
    async ready({ response }) {
      // Anybody may ask, so that however many do, the database is asked once at a time.
      asked ??= readiness(parts, workers).finally(() => {
        asked = null;
      });
      const ready = await asked;
      sendJson(response, ready.status === "ok" ? 200 : 503, ready);
    },
    trpc: ({ request, response, url, actor, ip }) => trpc({ request, response, url, actor, ip }),
    socketIo: ({ request, response }) => options.engine(request, response),
    sendMessage: documented(support.sendMessage),
    registerDevice: documented(support.registerDevice),
    messageHistory: documented(support.messageHistory),
    checkDevice: documented(support.checkDevice),
    upload: ({ request, response, params }) => serveUpload(deps, { request, response, key: params.file ?? "" }),
    media: ({ request, response, actor, ip }) => receiveUpload(deps, { request, response, actor, ip }),
    backup: ({ request, response, actor, ip }) => backups.sendBackup(contextOf({ request, actor, ip }), response),
    restore: ({ request, response, url, actor, ip }) =>
      backups.receiveBackup(contextOf({ request, actor, ip }), { request, response, url }),
    telegramLoginStart: (admitted) => telegramLogin.start(admitted),
    telegramLoginCallback: (admitted) => telegramLogin.finish(admitted),
    telegramWebhook: (admitted) => receiveTelegramWebhook(workers, admitted),
    sandboxControl: ({ request, response, url }) =>
      outside.sandbox?.handleControl(request, response, url.pathname.slice("/sandbox/api/".length)),
    sandboxPages: page,
    pages: page,
  };
}

/** Null for what cannot be read, and for `//host/path`, which a proxy's rules would read as another path than a URL does. */
const parseUrl = (target = "/"): URL | null => (target.startsWith("//") ? null : URL.parse(target, "http://local"));

function protocolAt(request: IncomingMessage, url: URL): "support" | null {
  const found = findHttpDoor(request.method ?? "", url.pathname);
  if (found.door === null) return found.protocol;
  const { protocol }: HttpDoor = HTTP_DOORS[found.door];
  return protocol ?? null;
}

/** Nothing of ours: the path, or what is asked of it. The support protocol's document knows no 405. */
function refuseMethod(
  { response }: Exchange,
  { allow, protocol }: { allow: readonly string[]; protocol: "support" | null },
): void {
  const isFile = allow.includes("HEAD");
  if (protocol === "support" && !isFile) sendJson(response, 404, { success: false, error: "Not found" });
  else if (allow.length === 0) sendJson(response, 404, { error: "Not found" });
  else {
    response.setHeader("Allow", allow.join(", "));
    sendJson(response, 405, { success: false, error: "Method not allowed" });
  }
}

/** CORS for the origins that may call, and a refusal of what another site makes a browser send. @returns whether to go on */
function allowOrigin({ request, response, url }: Exchange, origins: Origins): boolean {
  const verdict = origins.check(request);
  // Also of what was asked for without an origin: a cache must not hand it to a page that has one.
  response.setHeader("Vary", "Origin");
  if (verdict === "absent") return true;
  const found = findHttpDoor(request.headers["access-control-request-method"] ?? request.method ?? "", url.pathname);
  const isPage = found.door === "pages" || found.door === "sandboxPages";
  if (verdict === "foreign") {
    if (isPage || (SAFE_METHODS.has(request.method ?? "") && found.door !== "socketIo")) return true;
    const message = "This origin is not allowed";
    const refusal = { status: 403, message, code: "FORBIDDEN", retryAfterSeconds: null };
    const isTrpc = found.door === "trpc";
    sendJson(response, 403, isTrpc ? encodeTrpcRefusal(url, refusal) : { success: false, error: message });
    return false;
  }
  response.setHeader("Access-Control-Allow-Origin", request.headers.origin ?? "");
  response.setHeader("Access-Control-Allow-Credentials", "true");
  if (request.method !== "OPTIONS" || isPage) return true;
  response.writeHead(204, {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, X-API-Key",
    "Access-Control-Max-Age": "600",
  });
  response.end();
  return false;
}
