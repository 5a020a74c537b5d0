import type { IncomingMessage, ServerResponse } from "node:http";
import { findDomainError, HTTP_STATUS } from "@pult/api/errors.ts";
import { fetchPhotoUrl } from "../adapters/photo-url.ts";
import type { Parts } from "../deps.ts";
import { createSupportRest, isSupportPath } from "../gateways/support/rest.ts";
import type { RateLimits } from "../rate-limits.ts";
import type { Web } from "../web.ts";
import type { Workers } from "../workers.ts";
import { sendJson } from "./answers.ts";
import { clientAddress } from "./client-address.ts";
import { readiness } from "./health.ts";
import { identify } from "./identify.ts";
import type { Origins } from "./origins.ts";
import { setBaseHeaders } from "./security-headers.ts";
import { createTrpcHttp } from "./trpc.ts";
import { receiveUpload, serveUpload } from "./uploads.ts";
import { receiveTelegramWebhook } from "./webhooks.ts";

export interface RequestOptions {
  parts: Parts;
  workers: Workers;
  limits: RateLimits;
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

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
const API_PATHS = ["/trpc", "/api/", "/uploads/", "/socket.io", "/sandbox/api/"];

/** Every HTTP request, by path. */
export function createRequestListener(options: RequestOptions) {
  const { parts, workers, limits, origins, secure } = options;
  const { deps, env, outside, secrets } = parts;
  const trpc = createTrpcHttp({ deps, limits, secure });
  const support = createSupportRest({
    deps,
    limits,
    legacyAuth: env.LEGACY_AUTH,
    fetchPhoto: (url) => fetchPhotoUrl(url, { hosts: env.PHOTO_URL_HOSTS, exemptOrigin: outside.exemptOrigin }),
  });

  async function route(exchange: Exchange): Promise<void> {
    const { request, response, url, ip } = exchange;
    const path = url.pathname;
    if (path === "/health") return sendJson(response, 200, { status: "ok" });
    if (path === "/health/ready") {
      const ready = await readiness(parts, workers);
      return sendJson(response, ready.status === "ok" ? 200 : 503, ready);
    }
    if (isSupportPath(path)) return support.serve(request, response, { url, ip });
    if (path.startsWith("/socket.io")) return options.engine(request, response);
    if (path.startsWith("/uploads/")) return getUpload(exchange);
    if (path.startsWith("/trpc/")) return callTrpc(exchange);
    if (path === "/api/media" && request.method === "POST") return upload(exchange);
    if (path === "/api/webhooks/telegram" && request.method === "POST") {
      return receiveTelegramWebhook({ workers, secret: secrets.webhookSecret }, exchange);
    }
    return pageOrNothing(exchange);
  }

  async function callTrpc({ request, response, url, ip }: Exchange): Promise<void> {
    const path = url.pathname.slice("/trpc/".length);
    const actor = await actorOf(request);
    await limits.count({ actor, ip, door: "http", calls: path.split(",").length });
    await trpc({ request, response, path, actor, ip });
  }

  async function upload({ request, response, ip }: Exchange): Promise<void> {
    const actor = await actorOf(request);
    await limits.count({ actor, ip, door: "http" });
    await receiveUpload(deps, { request, response, actor, ip });
  }

  async function getUpload({ request, response, url }: Exchange): Promise<void> {
    if (request.method !== "GET" && request.method !== "HEAD")
      return sendJson(response, 405, { success: false, error: "Method not allowed" });
    await serveUpload(deps, { response, url, head: request.method === "HEAD" });
  }

  /** A cookie counts for reading, and for writing only with our own origin: no other site can make a browser write. */
  function actorOf(request: IncomingMessage) {
    const own = origins.check(request) === "own";
    return identify(deps, request, { audience: "trpc", cookies: own || request.method === "GET", secure });
  }

  async function pageOrNothing({ request, response, url }: Exchange): Promise<void> {
    const path = url.pathname;
    const isSandbox = path === "/sandbox" || path.startsWith("/sandbox/");
    if (isSandbox && !outside.sandbox) return sendJson(response, 404, { error: "Not found" });
    if (outside.sandbox && path.startsWith("/sandbox/api/")) {
      return outside.sandbox.handleControl(request, response, path.slice("/sandbox/api/".length));
    }
    const web = options.web();
    if (!web || path.startsWith("/api/") || path === "/trpc") return sendJson(response, 404, { error: "Not found" });
    await web.serve(request, response);
  }

  function answerError(error: unknown, { response, url }: Exchange): void {
    const known = findDomainError(error);
    if (!known) parts.log.error({ err: error, path: url.pathname }, "A request failed");
    if (known?.retryAfterSeconds) response.setHeader("Retry-After", String(known.retryAfterSeconds));
    const status = known ? HTTP_STATUS[known.code] : 500;
    const message = known?.message ?? "Internal server error";
    const refusal = { status, message, code: known?.code ?? null, retryAfterSeconds: known?.retryAfterSeconds ?? null };
    sendJson(response, status, url.pathname.startsWith("/trpc/") ? trpcRefusal(url, refusal) : { error: message });
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    const url = parseUrl(request.url);
    const exchange = { request, response, url, ip: clientAddress(request, env.TRUSTED_PROXIES) };
    setBaseHeaders(response, { secure });
    if (!allowOrigin(exchange, origins)) return;
    route(exchange).catch((error) => answerError(error, exchange));
  };
}

/** A path that cannot be read is no path of ours. */
function parseUrl(target: string | undefined): URL {
  return URL.parse(target ?? "/", "http://local") ?? new URL("http://local/unreadable");
}

/** CORS for the origins that may call, and a refusal of what another site makes a browser send. @returns whether to go on */
function allowOrigin({ request, response, url }: Exchange, origins: Origins): boolean {
  const verdict = origins.check(request);
  if (verdict === "absent") return true;
  const isApi = isSupportPath(url.pathname) || API_PATHS.some((path) => url.pathname.startsWith(path));
  if (verdict === "foreign") {
    if (!isApi || (SAFE_METHODS.has(request.method ?? "") && !url.pathname.startsWith("/socket.io"))) return true;
    sendJson(response, 403, { success: false, error: "This origin is not allowed" });
    return false;
  }
  response.setHeader("Access-Control-Allow-Origin", request.headers.origin ?? "");
  response.setHeader("Access-Control-Allow-Credentials", "true");
  response.setHeader("Vary", "Origin");
  if (request.method !== "OPTIONS" || !isApi) return true;
  response.writeHead(204, {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, X-API-Key",
    "Access-Control-Max-Age": "600",
  });
  response.end();
  return false;
}

const TRPC_NUMBERS: Record<number, [number, string]> = {
  400: [-32_600, "BAD_REQUEST"],
  401: [-32_001, "UNAUTHORIZED"],
  413: [-32_013, "PAYLOAD_TOO_LARGE"],
  429: [-32_029, "TOO_MANY_REQUESTS"],
};

/** What is refused before tRPC sees it, in the shape its clients read. */
function trpcRefusal(
  url: URL,
  refusal: { status: number; message: string; code: string | null; retryAfterSeconds: number | null },
) {
  const { status, message, code: reason, retryAfterSeconds } = refusal;
  const [code, name] = TRPC_NUMBERS[status] ?? [-32_603, "INTERNAL_SERVER_ERROR"];
  const one = { error: { message, code, data: { code: name, httpStatus: status, reason, retryAfterSeconds } } };
  if (url.searchParams.get("batch") !== "1") return one;
  return url.pathname.split(",").map(() => one);
}
