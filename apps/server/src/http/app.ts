import type { IncomingMessage, ServerResponse } from "node:http";
import type { Actor } from "@pult/api/actor.ts";
import { detailsOf, findDomainError, HTTP_STATUS, requestError, toldErrorOf } from "@pult/api/errors.ts";
import { authorize } from "../authorize.ts";
import type { Call, Gateway } from "../gateway.ts";
import type { Serving } from "../serving.ts";
import { sendJson } from "./answers.ts";
import { limitBodyTime } from "./body-time.ts";
import { clientAddress } from "./client-address.ts";
import { headerToken, identify } from "./identify.ts";
import type { Origins } from "./origins.ts";
import { collectRoutes, type Endpoint, type Routes } from "./routes.ts";
import { setBaseHeaders } from "./security-headers.ts";

export interface HttpOptions extends Omit<Serving, "counters"> {
  /** The server stops: connections are not kept. */
  closing(): boolean;
}

type Exchange = Omit<Call, "actor">;

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
const ANONYMOUS: Actor = { kind: "anonymous" };
const NO_PARAMS = {};

/** Every HTTP request: origin, identity, limits and policy of its route, then the route's handler. */
export class HttpApp {
  readonly #options: HttpOptions;
  readonly #routes: Routes;

  constructor(gateways: readonly Gateway[], options: HttpOptions) {
    this.#options = options;
    this.#routes = collectRoutes(gateways);
  }

  /** A listener of `request` events. */
  readonly listener = (request: IncomingMessage, response: ServerResponse): void => {
    const { closing, secure, trustedProxies } = this.#options;
    if (closing()) response.setHeader("Connection", "close");
    setBaseHeaders(response, { secure });
    const url = urlOf(request);
    if (!url) {
      sendJson(response, 404, { error: "Not found" });
      return;
    }
    const exchange = { request, response, url, ip: clientAddress(request, trustedProxies), params: NO_PARAMS };
    const found = this.#routes.find(request.method ?? "", url.pathname);
    if (found) void this.#serve({ ...exchange, params: found.params }, found.endpoint);
    else if (this.#routes.fallback && this.#routes.isPage(url.pathname))
      void this.#serve(exchange, this.#routes.fallback);
    else this.#refuseUnknown(exchange);
  };

  async #serve(exchange: Exchange, endpoint: Endpoint): Promise<void> {
    const { request, response } = exchange;
    const { route, gateway } = endpoint;
    gateway.begin?.(exchange);
    const { isPage = false, policy } = route;
    const verdict = this.#options.origins.check(request);
    const isStrict = policy.kind === "handshake";
    if (!passOrigin(exchange, { verdict, gateway, isPage, isStrict })) return;
    try {
      if (!route.slowBody) limitBodyTime(request);
      const actor = await this.#admit(exchange, { endpoint, isOwnPage: verdict === "own" });
      const answer = await endpoint.handler({ ...exchange, actor });
      if (answer !== undefined) sendJson(response, 200, answer);
    } catch (error) {
      this.#answerError(error, exchange, gateway);
    }
  }

  /** @returns who calls, counted @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `RATE_LIMITED` */
  async #admit(
    exchange: Exchange,
    { endpoint, isOwnPage }: { endpoint: Endpoint; isOwnPage: boolean },
  ): Promise<Actor> {
    const { route, gateway } = endpoint;
    const { policy } = route;
    if (policy.kind === "public" || policy.kind === "handshake") return ANONYMOUS;
    if (policy.kind === "secret") {
      await route.verify?.(exchange);
      return ANONYMOUS;
    }
    if (route.isSigned?.(exchange.url)) return ANONYMOUS;
    const { deps, guard, limits, legacyAuth, secure } = this.#options;
    const { request, url, ip } = exchange;
    const { audience = "trpc", rateLimitScope = "http" } = gateway;
    // A cookie counts for reading, and for writing only with our own origin: no other site can make a browser write. Delegated routes are
    // reached from other sites too: a browser comes back from Telegram's sign-in.
    const isSentHere = policy.kind !== "delegated" && request.headers["sec-fetch-site"] === "cross-site";
    const cookies = audience === "trpc" && (isOwnPage || (request.method === "GET" && !isSentHere));
    const actor = await guard.admit({ ip, token: headerToken(request) }, () =>
      identify(deps, request, { audience, cookies, secure }),
    );
    await limits.count({ actor, ip, scope: rateLimitScope, calls: route.cost?.(url) ?? 1 });
    authorize(policy, actor, legacyAuth);
    return actor;
  }

  /** An unknown path, or a method that its route does not take. */
  #refuseUnknown(exchange: Exchange): void {
    const { request, response, url } = exchange;
    const known = this.#routes.matching(url.pathname);
    const wanted = request.headers["access-control-request-method"] ?? request.method ?? "";
    const asked = known.find(({ route }) => route.methods.includes(wanted));
    const gateway = known[0]?.gateway ?? this.#routes.ownerOf(url.pathname);
    gateway?.begin?.(exchange);
    const isStrict = asked?.route.policy.kind === "handshake";
    const verdict = this.#options.origins.check(request);
    if (!passOrigin(exchange, { verdict, gateway, isPage: false, isStrict })) return;
    const allow = known.flatMap(({ route }) => (route.methods === "any" ? [] : route.methods)).join(", ");
    if (request.method === "OPTIONS" && known.length > 0) response.writeHead(204, { Allow: allow }).end();
    else if (known.length === 0 || known[0]?.route.wrongMethod === 404)
      this.#answerError(requestError("notFound"), exchange, gateway);
    else {
      response.setHeader("Allow", allow);
      sendJson(response, 405, { success: false, error: "Method not allowed" });
    }
  }

  #answerError(error: unknown, exchange: Exchange, gateway: Gateway | undefined): void {
    const { response, url } = exchange;
    const known = toldErrorOf(error);
    if (!findDomainError(error)) {
      const requestId = response.getHeader("X-Request-Id");
      this.#options.deps.log.error({ err: error, path: url.pathname, requestId }, "A request failed");
    }
    if (known?.retryAfterSeconds) response.setHeader("Retry-After", String(known.retryAfterSeconds));
    const status = known ? (gateway?.statuses ?? HTTP_STATUS)[known.code] : 500;
    const message = known?.message ?? "Internal server error";
    const details = detailsOf(known);
    const { key, params } = details;
    const body = gateway?.encodeError?.({ message, details, error: known }, exchange) ?? {
      error: message,
      key,
      params,
    };
    sendJson(response, status, body);
  }
}

/** With those of resumable uploads. @see https://tus.io/protocols/resumable-upload#headers */
const ALLOWED_HEADERS =
  "Authorization, Content-Type, Idempotency-Key, Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset, X-API-Key, X-Request-Id";
const EXPOSED_HEADERS =
  "Content-Disposition, Location, Retry-After, Tus-Resumable, Upload-Length, Upload-Offset, X-Request-Id";

interface OriginRules {
  verdict: ReturnType<Origins["check"]>;
  gateway: Gateway | undefined;
  isPage: boolean;
  /** Another site may not even read. */
  isStrict: boolean;
}

/** CORS for the origins that may call, and a refusal of what another site makes a browser send. @returns whether to go on */
function passOrigin(exchange: Exchange, rules: OriginRules): boolean {
  const { request, response } = exchange;
  const { verdict, gateway, isPage, isStrict } = rules;
  // Also of what was asked for without an origin: a cache must not hand it to a page that has one.
  response.setHeader("Vary", "Origin");
  if (verdict === "absent") return true;
  if (verdict === "foreign") {
    if (isPage || (SAFE_METHODS.has(request.method ?? "") && !isStrict)) return true;
    const refused = requestError("foreignOrigin");
    const { message } = refused;
    const body = gateway?.encodeError?.({ message, details: detailsOf(refused), error: refused }, exchange);
    sendJson(response, 403, body ?? { success: false, error: message });
    return false;
  }
  response.setHeader("Access-Control-Allow-Origin", request.headers.origin ?? "");
  response.setHeader("Access-Control-Allow-Credentials", "true");
  response.setHeader("Access-Control-Expose-Headers", EXPOSED_HEADERS);
  if (request.method !== "OPTIONS" || isPage) return true;
  response.writeHead(204, {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PATCH, DELETE",
    "Access-Control-Allow-Headers": ALLOWED_HEADERS,
    "Access-Control-Max-Age": "600",
  });
  response.end();
  return false;
}

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
/** The newest `Host` that was found to be one: clients of an installation share a few. */
let knownHost = "";

/**
 * Where a request goes; null for a target that cannot be read, and for `//host/path`, which a proxy's rules would read as another path than a
 * URL does. For those who read the request itself odd targets are written plainly, and so is a `Host` that is none, which nothing here looks at.
 */
function urlOf(request: IncomingMessage): URL | null {
  const { url: target = "/", headers } = request;
  if (target.startsWith("//")) return null;
  const url = URL.parse(target, "http://local");
  if (url && (!target.startsWith("/") || target.includes("\\"))) request.url = url.pathname + url.search;
  const { host } = headers;
  if (host !== undefined && host !== knownHost) {
    if (HOST.test(host) && URL.canParse(`http://${host}`)) knownHost = host;
    else headers.host = "localhost";
  }
  return url;
}
