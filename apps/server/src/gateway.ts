import type { IncomingMessage, ServerResponse } from "node:http";
import type { RouteConfig } from "@hono/zod-openapi";
import type { Actor } from "@pult/api/actor.ts";
import type { Audience } from "@pult/api/auth/actors.ts";
import type { ErrorCode, ErrorDetails } from "@pult/api/errors.ts";
import type { EndpointPolicy } from "./authorize.ts";
import type { RateLimitScope } from "./rate-limits.ts";

/** What a documented protocol, or tRPC, adds to the server. `gateways.ts` is the only list of them. */
export interface Gateway {
  /** Label of its metrics. */
  readonly name: string;
  /** Which tokens its routes accept. With `trpc`, the default, session cookies count too. */
  readonly audience?: Audience;
  /** Which budget of a user its calls are charged to. Default `http`. */
  readonly rateLimitScope?: RateLimitScope;
  /** Path prefixes that are never pages: an unknown path below one is 404 in this gateway's words. */
  readonly prefixes?: readonly string[];
  routes?(app: GatewayApp): void;
  /** HTTP statuses of errors, where its document has others than `HTTP_STATUS`. */
  readonly statuses?: Record<ErrorCode, number>;
  /** Body of an answer that is an error. Default `{ error }`. */
  encodeError?(refusal: Refusal, url: URL): unknown;
}

/** Where a gateway adds its routes; each declares who may use it. */
export interface GatewayApp {
  route(route: Route, handler: Handler): void;
  /** Serves every path that is no gateway's. */
  fallback(handler: Handler): void;
}

export interface Route {
  /** `HEAD` is answered only where it is named. */
  readonly methods: readonly string[] | "any";
  /** `:name` is one segment, a last `*` the rest. */
  readonly path: string;
  readonly policy: EndpointPolicy;
  /** What shows a `secret`. @throws DomainError `UNAUTHORIZED` */
  verify?(call: Omit<Call, "actor">): Promise<void> | void;
  /** Calls that a request counts as. Default 1. */
  cost?(url: URL): number;
  /** Answer to other methods. Default 405. */
  readonly wrongMethod?: 404 | 405;
  /** The body may take any time to arrive. */
  readonly slowBody?: boolean;
  /** What `/openapi.json` says of it. */
  readonly openapi?: RouteConfig;
  /** A page: a browser may come from anywhere. */
  readonly isPage?: boolean;
}

/** A request that its route's policy allows. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly ip: string;
  readonly actor: Actor;
  /** From the path, as written: not decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** @returns what is sent as JSON with 200; undefined when the handler answers by itself @throws DomainError */
export type Handler = (call: Call) => unknown;

/** Why a request is refused; its details are empty for the unexpected. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly details: ErrorDetails;
}
