import type { Actor } from "@pult/api/actor.ts";
import { requestError } from "@pult/api/errors.ts";
import type { Attachment } from "@pult/api/realtime/view.ts";
import type { WebSocket } from "ws";
import { authorize, type EndpointPolicy, type LegacyAuth } from "../authorize.ts";
import type { Broadcaster } from "./broadcaster.ts";
import type { Envelope, Member } from "./channel.ts";
import { CLOSE } from "./close-codes.ts";
import { controlPing, frameOf } from "./frame.ts";
import { SocketWriter, type WriteTick } from "./socket-writer.ts";

/** What one socket of a gateway may use. */
export interface SocketLimits {
  /** Open sockets of one user on one node; one more closes the oldest. */
  readonly perUser: number;
  /** Open unauthenticated sockets of one network on one node; one more is closed. */
  readonly perNetwork: number;
  readonly messageBytes: number;
  readonly fragments: number;
  /** Bytes that may wait for the client to read. */
  readonly queueBytes: number;
  /** Messages that may wait to be handled, of `messageBytes` together; the socket is not read meanwhile. */
  readonly waiting: number;
  /** Topics followed at once. */
  readonly topics: number;
  /** How long the client may take to authenticate, where a message does that. */
  readonly authenticateMs: number;
  /** Silence after which the client is pinged, and then how long the answer may take. */
  readonly pingMs: number;
  readonly pongMs: number;
}

/** The figures of a gateway that has no others. @see the limits in `env.ts` for messages a minute */
export const SOCKET_LIMITS: SocketLimits = {
  perUser: 20,
  perNetwork: 100,
  messageBytes: 64 * 1024,
  fragments: 64,
  queueBytes: 1024 * 1024,
  waiting: 200,
  topics: 128,
  authenticateMs: 10_000,
  pingMs: 25_000,
  pongMs: 8_000,
};

/** What a gateway makes of one socket. */
export interface SocketSession {
  /** Runs before queueing and rate limiting: keep-alive, authentication. @returns whether it handled the message */
  intercept?(text: string | null, data: Buffer): boolean;
  /** One message, after those before it are done and once the caller is known. `text` is null for a binary message. */
  message(text: string | null, data: Buffer): Promise<void> | void;
  /** Whose socket it is cannot be found out; called before the messages that wait. @param error `UNAUTHORIZED`, `RATE_LIMITED` */
  refused?(error: unknown): void;
  /** The caller was identified, or its rights have changed. */
  actorChanged?(actor: Actor): void;
  /** The server stops soon: asks the client to connect to another. */
  reconnect?(): void;
  closed?(code: number, reason: Buffer): void;
}

/** How a protocol writes one of its subscriptions. */
export interface Subscription {
  readonly envelope: Envelope;
  /** What each of its frames begins with; equal heads share frames. */
  readonly head: string;
  /** It delivers from now on; reading its snapshot and what was missed is over. */
  begun?(): void;
  /** What was asked for cannot be given; the subscription has ended. */
  refused(error: unknown): void;
}

export interface GuardedSocketOptions {
  socket: WebSocket;
  limits: SocketLimits;
  broadcaster: Broadcaster;
  tick: WriteTick;
  /** Who the handshake shows. */
  actor: Actor;
  /** Text that pings the client; null for a control frame. */
  pingText: string | null;
  /** A message authenticates: its gateway calls `identify`. */
  awaitsIdentity: boolean;
  /** Whose token it is. @throws DomainError `UNAUTHORIZED`, `RATE_LIMITED` */
  admit(token: string): Promise<Actor>;
  /** Called after authentication succeeded or failed. */
  identified(socket: GuardedSocket, token: string | null, isValid: boolean): void;
  legacyAuth: LegacyAuth;
  /** Counts calls of the caller. @throws DomainError `RATE_LIMITED` */
  count(actor: Actor, calls: number): Promise<void>;
  open(socket: GuardedSocket): SocketSession;
  /** The client reads too slowly and is closed. */
  slow(): void;
  /** Told what was not expected. */
  failed(error: unknown): void;
  log(fields: object, message: string): void;
}

const OPEN = 1;
const CLOSING = 2;
const CLOSE_MS = 1_000;
/** A ping may leave by this part of its time early, in one write with something else. */
const EARLY = 1 / 25;

/**
 * One raw socket of a gateway, within the gateway's limits: messages are handled in order once the caller is known, frames of one tick leave
 * in one write, a client that reads too slowly or is silent is closed, and what it follows ends with its rights.
 */
export class GuardedSocket {
  #actor: Actor;
  readonly #options: Omit<GuardedSocketOptions, "open" | "socket">;
  readonly #socket: WebSocket;
  readonly #writer: SocketWriter;
  readonly #session: SocketSession;
  readonly #members = new Set<Member>();
  readonly #openedAt = Date.now();
  #heardAt = this.#openedAt;
  #pinged = false;
  #closing = false;
  #awaitsIdentity: boolean;
  #setIdentified: () => void = () => {};
  /** Messages keep their order although counting them takes a turn. */
  #queue: Promise<void>;
  #waiting = 0;
  #waitingBytes = 0;

  constructor(options: GuardedSocketOptions) {
    const { open, socket, ...kept } = options;
    const { limits, tick } = kept;
    this.#options = kept;
    this.#socket = socket;
    this.#actor = options.actor;
    this.#writer = new SocketWriter(socket, { tick, queueBytes: limits.queueBytes });
    this.#awaitsIdentity = options.awaitsIdentity;
    this.#queue = new Promise((resolve) => {
      this.#setIdentified = resolve;
    });
    this.#session = open(this);
    socket.on("message", (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    // ws answers a ping by itself; a client that reads none of the answers is as slow as one that reads no events.
    socket.on("ping", () => this.#hasRoom());
    socket.on("pong", () => this.#hear());
    socket.on("error", (error) => kept.log({ reason: error.message }, "A socket failed"));
    socket.once("close", (code, reason) => {
      this.#leaveAll();
      this.#session.closed?.(code, reason);
    });
  }

  get actor(): Actor {
    return this.#actor;
  }

  set actor(actor: Actor) {
    this.#actor = actor;
    this.#session.actorChanged?.(actor);
  }

  /** As `ws` numbers it; closing as soon as `close` was called. */
  get readyState(): number {
    return this.#closing ? CLOSING : this.#socket.readyState;
  }

  /** Bytes that wait for the client to read. */
  get queued(): number {
    return this.#writer.queued;
  }

  /** What the client follows. */
  get views(): Attachment["view"][] {
    return [...this.#members].map(({ view }) => view);
  }

  once(event: "close", listener: () => void): void {
    this.#socket.once(event, listener);
  }

  /** Joins this tick's one write; an empty text is none. */
  send(text: string): void {
    if (text !== "" && this.#hasRoom()) this.#writer.push(frameOf(text));
  }

  /** Counts calls of the caller. @throws DomainError `RATE_LIMITED` */
  count(calls: number): Promise<void> {
    return this.#options.count(this.actor, calls);
  }

  /** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
  authorize(policy: EndpointPolicy): void {
    authorize(policy, this.actor, this.#options.legacyAuth);
  }

  /**
   * Finds out whose socket it is: by a token from a message, or with null by the handshake. Messages that wait are handled afterwards,
   * whatever it comes to; a gateway that rejects a wrong token closes the socket.
   * @throws DomainError `UNAUTHORIZED`, `RATE_LIMITED`
   */
  async identify(token: string | null): Promise<Actor> {
    this.#awaitsIdentity = false;
    let isValid = false;
    try {
      if (token !== null) this.actor = await this.#options.admit(token);
      isValid = true;
      return this.actor;
    } catch (error) {
      this.#session.refused?.(error);
      throw error;
    } finally {
      this.#setIdentified();
      this.#options.identified(this, token, isValid);
    }
  }

  /** Delivers a topic to the client from now on. @throws DomainError `FORBIDDEN`, `RATE_LIMITED` @throws what the view throws */
  follow(attachment: Attachment, { envelope, head, begun = () => {}, refused }: Subscription): { leave(): void } {
    if (!attachment.view.mayRead(this.actor)) throw requestError("accessRevoked");
    const { limits, broadcaster } = this.#options;
    if (this.#members.size >= limits.topics)
      throw requestError("tooManyAtOnce", {}, { message: `At most ${limits.topics} subscriptions on one connection` });
    let member: Member | null = null;
    const leave = () => {
      if (!member) return;
      this.#members.delete(member);
      member.leave();
    };
    const reader = {
      writer: this.#writer,
      envelope,
      head: Buffer.from(head),
      tooSlow: () => this.#tooSlow(),
      begun,
      refuse: (error: unknown) => {
        leave();
        refused(error);
      },
    };
    member = broadcaster.attach(reader, attachment);
    this.#members.add(member);
    return { leave };
  }

  /** A client that does not answer the close is cut after a second. */
  close(code: number, reason = ""): void {
    if (this.#closing) return;
    this.#leaveAll();
    this.#writer.flush();
    this.#closing = true;
    this.#socket.close(code, reason);
    setTimeout(() => this.#socket.terminate(), CLOSE_MS).unref();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  askToReconnect(): void {
    this.#session.reconnect?.();
  }

  /** Pings a silent client, and ends one that stays silent or does not authenticate. @returns when to call again, Unix ms */
  tick(now: number): number {
    const { authenticateMs, pingMs, pongMs } = this.#options.limits;
    const pingAt = this.#heardAt + pingMs;
    const earlyAt = pingAt - pingMs * EARLY;
    const overAt = pingAt + pongMs;
    const identityAt = this.#awaitsIdentity ? this.#openedAt + authenticateMs : Number.POSITIVE_INFINITY;
    if (now >= overAt || now >= identityAt) {
      if (now >= overAt) this.terminate();
      else this.close(CLOSE.policy, "Not authenticated in time");
      return Number.POSITIVE_INFINITY;
    }
    if (now >= earlyAt) this.#ping();
    if (now >= pingAt) this.#writer.release();
    return Math.min(identityAt, now < earlyAt ? earlyAt : now < pingAt ? pingAt : overAt);
  }

  #ping(): void {
    if (this.#pinged || this.readyState !== OPEN) return;
    this.#pinged = true;
    const { pingText } = this.#options;
    this.#writer.hold(pingText === null ? controlPing : frameOf(pingText));
  }

  #hear(): void {
    this.#heardAt = Date.now();
    if (!this.#pinged) return;
    this.#pinged = false;
    this.#writer.hold(null);
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#hear();
    const text = isBinary ? null : data.toString();
    if (this.#session.intercept?.(text, data)) return;
    const { waiting, messageBytes } = this.#options.limits;
    this.#waiting += 1;
    this.#waitingBytes += data.length;
    if (this.#waiting >= waiting || this.#waitingBytes >= messageBytes) this.#socket.pause();
    this.#queue = this.#queue
      .then(() => (this.readyState === OPEN ? this.#session.message(text, data) : undefined))
      .catch((error) => this.#options.failed(error))
      .then(() => {
        this.#waiting -= 1;
        this.#waitingBytes -= data.length;
        const isLow = this.#waiting <= waiting >> 1 && this.#waitingBytes <= messageBytes >> 1;
        if (isLow && this.#socket.isPaused) this.#socket.resume();
      });
  }

  #hasRoom(): boolean {
    if (this.readyState !== OPEN) return false;
    if (this.#writer.hasRoomFor(0)) return true;
    this.#tooSlow();
    return false;
  }

  #tooSlow(): void {
    if (this.#closing) return;
    this.#options.slow();
    this.close(CLOSE.tryAgain, "Too slow; come back and resume");
  }

  #leaveAll(): void {
    for (const member of this.#members) member.leave();
    this.#members.clear();
  }
}
