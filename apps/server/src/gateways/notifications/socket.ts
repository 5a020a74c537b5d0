import type { Actor } from "@pult/api/actor.ts";
import type { Context, Deps } from "@pult/api/context.ts";
import { findDomainError, malformed, requestError } from "@pult/api/errors.ts";
import { mayReadEvents } from "@pult/api/notifications/events.ts";
import { followEvents } from "@pult/api/notifications/instagram/events.ts";
import type { EventsEvent, EventType, InstagramEvent } from "@pult/api/notifications/schema.ts";
import { ensureIdentity } from "@pult/api/people/identities.ts";
import { followWithReplay } from "@pult/api/realtime/follow.ts";
import type { LogFeed } from "@pult/api/realtime/log-feed.ts";
import { formatPosition } from "@pult/api/realtime/position.ts";
import { Attachment, type LogView } from "@pult/api/realtime/view.ts";
import type { EndpointPolicy } from "../../authorize.ts";
import type { SocketHandshake } from "../../gateway.ts";
import type { Envelope } from "../../sockets/channel.ts";
import { CLOSE } from "../../sockets/close-codes.ts";
import type { GuardedSocket, SocketSession } from "../../sockets/guarded-socket.ts";
import { handleMessages } from "../../sockets/messages.ts";
import * as wire from "./wire.ts";

export interface NotificationSocketOptions {
  deps: Deps;
  handshake: SocketHandshake;
  policies: Readonly<Record<string, EndpointPolicy>>;
  /** Silence of the client after which it is closed. */
  silenceMs: number;
  /** How long the events of a burst are collected for a client that asked for batches. */
  batchMs: number;
}

const NORMAL_CLOSURE = 1000;
const OPEN = 1;

/** One socket of the notification protocol. @see PROTOCOL.md */
export function openNotificationSocket(socket: GuardedSocket, options: NotificationSocketOptions): SocketSession {
  const { deps, policies, silenceMs } = options;
  const now = () => deps.now().getTime();
  const subscriptions = new Subscriptions(socket, options);
  // A ticket in the address authenticates too.
  const isByTicket = options.handshake.url.searchParams.has("ticket");
  let isIdentified = isByTicket;
  let isAuthenticated = isByTicket;
  // A ticket does not tell which protocol the token behind it was for.
  const mayRead = (actor: Actor) =>
    mayReadEvents(actor) && !(isByTicket && actor.kind === "customer" && actor.proof?.kind === "token");
  let authenticated = Promise.resolve();
  const silence = setTimeout(() => socket.close(NORMAL_CLOSURE, "Heartbeat timeout"), silenceMs);

  async function authenticate(text: string | null): Promise<void> {
    const message = readAuthenticate(text);
    if (!message) {
      socket.send(wire.encodeError("Not authenticated", now()));
      return socket.close(CLOSE.policy, "Not authenticated");
    }
    try {
      const actor = await socket.identify(message.token);
      if (!speaksFor(actor, message.userId)) throw malformed("User ID mismatch");
      if (!mayRead(actor)) throw requestError("accessRevoked");
      await rememberUser(deps, actor);
      isAuthenticated = true;
      socket.send(wire.encodeAuthSuccess(message.userId, now()));
    } catch (error) {
      if (!findDomainError(error)) deps.log.error({ err: error }, "Failed to authenticate a notification socket");
      socket.send(wire.encodeAuthFailed(now()));
      socket.close(CLOSE.policy, "Authentication failed");
    }
  }

  function handle(message: wire.ClientMessage): Promise<void> | void {
    if (message.type === "heartbeat") return socket.send(wire.encodeHeartbeat(now()));
    if (message.userId !== undefined && !speaksFor(socket.actor, message.userId)) throw malformed("User ID mismatch");
    switch (message.type) {
      case "authenticate":
        throw malformed("Already authenticated; connect again to use another token");
      case "subscribe":
        if (!mayRead(socket.actor)) throw requestError("accessRevoked");
        return subscriptions.change((types) => [...types, ...message.eventTypes], message.batch);
      case "unsubscribe":
        return subscriptions.change((types) => types.filter((type) => !message.eventTypes.includes(type)));
      case "get_subscriptions":
      case "test_connection":
        return socket.send(wire.encodeConnectionInfo(subscriptions.types, now()));
    }
  }

  const messages = handleMessages<wire.ClientMessage>(socket, {
    policies,
    decode: wire.decodeMessage,
    handle,
    encodeError(error) {
      if (error?.code === "RATE_LIMITED") return wire.encodeError("Rate limited", now());
      if (error?.code === "UNAUTHORIZED") return wire.encodeError("Not authenticated", now());
      return wire.encodeError(error?.message ?? "Internal server error", now());
    },
  });
  return {
    intercept(text) {
      silence.refresh();
      if (isIdentified) return false;
      isIdentified = true;
      authenticated = authenticate(text);
      return true;
    },
    async message(text, data) {
      await authenticated;
      if (socket.readyState === OPEN) await messages.message(text, data);
    },
    actorChanged(actor) {
      if (isAuthenticated && !mayRead(actor)) socket.close(CLOSE.policy, "No longer allowed");
    },
    closed() {
      clearTimeout(silence);
      subscriptions.close();
    },
  };
}

function readAuthenticate(text: string | null): wire.Authenticate | null {
  try {
    const message = text === null ? null : wire.decodeMessage(text);
    return message?.type === "authenticate" ? message : null;
  } catch {
    return null;
  }
}

/** Whether the caller is that user, or a server's key, which speaks for every user. */
function speaksFor(actor: Actor, userId: string): boolean {
  if (actor.kind === "agent") return actor.personId === userId;
  if (actor.kind === "customer") return actor.externalId === userId;
  return actor.kind === "apiKey";
}

/** A user whom the operator's own server names is known from now on. */
async function rememberUser({ db }: Deps, actor: Actor): Promise<void> {
  if (actor.kind !== "customer" || actor.proof?.kind !== "token") return;
  const { namespace, externalId, name } = actor;
  await db.transaction((tx) => ensureIdentity(tx, { namespace, externalId, name }));
}

/** Events alone: this protocol has no positions, and nothing to say of an event that was not asked for. */
const ENVELOPE: Envelope = {
  name: "notifications",
  tracked: (_id, json) =>
    json === "null" || json.startsWith('{"type":"position"') ? "" : wire.encodeEvent(json, Date.now()),
  heartbeat: () => "",
  value: () => "",
};

/** The event types that a socket has subscribed to, and their delivery, without a gap when they change. */
class Subscriptions {
  /** In the order in which they were asked for. */
  types: readonly EventType[] = [];
  #isBatched = false;
  #isClosed = false;
  #stop: () => void = () => {};
  /** Where the delivery that runs has come to; null before the first. */
  #position: () => string | null = () => null;
  #opened: { feed: LogFeed; close(): void } | null = null;
  readonly #socket: GuardedSocket;
  readonly #options: NotificationSocketOptions;

  constructor(socket: GuardedSocket, options: NotificationSocketOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Resolves once events of the new types are delivered, and the client was told so. */
  async change(
    next: (types: readonly EventType[]) => readonly EventType[],
    isBatched = this.#isBatched,
  ): Promise<void> {
    if (this.#isClosed) return;
    const { deps } = this.#options;
    const from = this.types.length > 0 ? this.#position() : null;
    this.#stop();
    this.#stop = () => {};
    this.types = [...new Set(next(this.types))];
    this.#isBatched = isBatched;
    if (this.types.length > 0) await (isBatched ? this.#followInBatches(from) : this.#follow(from));
    this.#socket.send(wire.encodeSubscriptions(this.types, deps.now().getTime()));
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
    this.#opened?.close();
  }

  #view(): LogView<InstagramEvent | null, unknown> {
    const { deps, handshake } = this.#options;
    const ctx: Context = { ...deps, actor: this.#socket.actor, ip: handshake.ip, userAgent: handshake.userAgent };
    const view = followEvents(ctx, this.types);
    return { ...view, present: (payload) => eventOf(view.present(payload)), snapshot: async () => this.#missed() };
  }

  /** Events are gone that this client can only read from the list: it is told, and connects again. */
  #missed(): null {
    this.#socket.close(CLOSE.tryAgain, "Events were missed; connect again");
    return null;
  }

  /** Each event as it comes, by the broadcaster. */
  #follow(from: string | null): Promise<void> {
    const view = this.#view();
    this.#opened ??= this.#options.deps.feeds.open(view.topic);
    const { feed } = this.#opened;
    return new Promise((resolve, reject) => {
      const { leave } = this.#socket.follow(new Attachment(view, from), {
        envelope: ENVELOPE,
        head: "",
        begun: resolve,
        refused: reject,
      });
      this.#stop = leave;
      // Whatever this node has heard of is written to every member in the same step.
      this.#position = () => (feed.head ? formatPosition(feed.head) : null);
    });
  }

  /** The events of a burst together. */
  async #followInBatches(from: string | null): Promise<void> {
    const { deps, batchMs } = this.#options;
    const { topic, present } = this.#view();
    const ending = new AbortController();
    const items = followWithReplay({ feeds: deps.feeds, topic, lastEventId: from, signal: ending.signal });
    const first = await items.next();
    if (this.#isClosed) return ending.abort();
    let position = first.value?.type === "position" ? first.value.id : from;
    let events: InstagramEvent[] = [];
    let timer: NodeJS.Timeout | null = null;
    const flush = () => {
      timer = null;
      if (events.length > 0) this.#socket.send(wire.encodeEvents(events, deps.now().getTime()));
      events = [];
    };
    const collect = async () => {
      for await (const item of items) {
        if (item.type === "heartbeat") continue;
        if (item.type === "position" && !item.recovered) return this.#missed();
        position = item.id;
        const event = item.type === "event" ? present(item.payload) : null;
        if (event === null) continue;
        events.push(event);
        timer ??= setTimeout(flush, batchMs);
      }
    };
    collect().catch((error) => {
      deps.log.warn({ err: error }, "A notification socket fell behind");
      this.#socket.close(CLOSE.tryAgain, "Too slow; come back and resume");
    });
    this.#position = () => position;
    this.#stop = () => {
      if (timer) clearTimeout(timer);
      flush();
      ending.abort();
    };
  }
}

const eventOf = (event: EventsEvent): InstagramEvent | null => (event.type === "event" ? event.event : null);
