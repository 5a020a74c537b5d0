import type { IncomingMessage, ServerResponse } from "node:http";
import type { RouteConfig } from "@hono/zod-openapi";
import type { Actor } from "@pult/api/actor.ts";
import type { Audience } from "@pult/api/auth/actors.ts";
import type { DomainError, ErrorCode, ErrorDetails } from "@pult/api/errors.ts";
import type { Server, Socket } from "socket.io";
import type { EndpointPolicy } from "./authorize.ts";
import type { RateLimitScope } from "./rate-limits.ts";
import type { GuardedSocket, SocketLimits, SocketSession } from "./sockets/guarded-socket.ts";

/** What a documented protocol, or tRPC, adds to the server. `gateways.ts` is the only list of them. */
export interface Gateway {
  /** Label of its metrics. */
  readonly name: string;
  /** Which tokens its routes accept. With `trpc`, the default, session cookies count too. */
  readonly audience?: Audience;
  /** Which budget of a user its calls are charged to. Default `http`, over a raw socket `socket`. */
  readonly rateLimitScope?: RateLimitScope;
  /** Path prefixes that are never pages: an unknown path below one is 404 in this gateway's words. */
  readonly prefixes?: readonly string[];
  routes?(app: GatewayApp): void;
  /** Sees every request at its paths, before anything is checked. */
  begin?(exchange: Omit<Call, "actor">): void;
  readonly socket?: SocketProtocol;
  readonly socketIo?: SocketIoProtocol;
  /** HTTP statuses of errors, where its document has others than `HTTP_STATUS`. */
  readonly statuses?: Record<ErrorCode, number>;
  /** Body of an answer that is an error. Default `{ error }`. @see JsonLines */
  encodeError?(refusal: Refusal, asked: Pick<Call, "request" | "url">): unknown;
}

/** A protocol over raw WebSockets. */
export interface SocketProtocol {
  /** Path and query decide; the first gateway that matches takes the upgrade. */
  matches(url: URL): boolean;
  readonly limits: SocketLimits;
  /** What a client may send, and who may send it: the policy matrix is made from it. */
  readonly policies: Readonly<Record<string, EndpointPolicy>>;
  /**
   * Who opens a socket, where the address says that too.
   * @param shown by the handshake's headers or ticket
   * @throws DomainError `VALIDATION`, `UNAUTHORIZED`: the upgrade is refused
   */
  identify?(url: URL, shown: Actor): Actor;
  /** Whether a message of the client authenticates it; its session then calls `identify`. Default: the handshake does. */
  authenticates?(url: URL): boolean;
  /** Text that pings a silent client. Default: a control frame. */
  readonly pingText?: string;
  open(socket: GuardedSocket, handshake: SocketHandshake): SocketSession;
  /** Tells a client that its credential is wrong over the socket itself. Default, and for tickets: the upgrade is refused. @param refusal `UNAUTHORIZED` */
  openRefused?(socket: GuardedSocket, refusal: DomainError): SocketSession;
}

export interface SocketHandshake {
  readonly url: URL;
  readonly ip: string;
  readonly userAgent: string;
}

/** A protocol over Socket.IO. */
export interface SocketIoProtocol {
  /** Its own, without a slash at the end. */
  readonly path: string;
  readonly limits: SocketIoLimits;
  /** Every event that a client may emit, and who may emit it; any other is answered with an error. */
  readonly policies: Readonly<Record<string, EndpointPolicy>>;
  /** Who may connect. Default: everyone, as long as they do something. */
  readonly handshake?: {
    readonly policy: EndpointPolicy;
    /** What a caller is told who may not. */
    readonly refusal: string;
    /** Prepares what the connection is to hear from its beginning. @throws DomainError */
    admit(socket: Socket, actor: Actor): Promise<void>;
  };
  /**
   * How events are answered, through the callback that a client may pass; without one nothing tells of a refusal, and unknown events are
   * ignored. Default: an `error` event tells of each.
   */
  readonly acknowledgement?: { readonly done: unknown; refuse(error: DomainError | null): unknown };
  /** Events that are carried out although a limit refuses them, because they give something back. */
  readonly releases?: readonly string[];
  /** Called once. @returns what makes a session of each connection */
  start(io: Server): (connection: SocketIoConnection) => SocketIoSession;
}

export interface SocketIoLimits
  extends Pick<SocketLimits, "perUser" | "messageBytes" | "queueBytes" | "pingMs" | "pongMs"> {
  /** How long a client may take to join Socket.IO's namespace. */
  readonly connectMs: number;
  /** How long an unauthenticated connection may be idle. */
  readonly idleMs: number;
}

export interface SocketIoConnection {
  readonly socket: Socket;
  /** As it is now: rights change. */
  readonly actor: Actor;
}

export interface SocketIoSession {
  /** An event that its policy allows. @throws DomainError */
  event(name: string, data: unknown): Promise<void>;
  /** Whether the caller may stay in everything that the connection has joined. */
  mayStay(actor: Actor): boolean;
  /** Whether the connection has joined nothing. */
  isIdle(): boolean;
  closed(): void;
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
  /** Whether the address is a signed link: its holder needs no token, and is not counted. */
  isSigned?(url: URL): boolean;
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
  readonly message: string;
  readonly details: ErrorDetails;
  /** Null for the unexpected. */
  readonly error: DomainError | null;
}
