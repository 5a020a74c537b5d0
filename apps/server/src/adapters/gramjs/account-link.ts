import { type FinishedCall, TelegramFailure } from "@pult/api/chats/engine/port.ts";
import { Api } from "telegram";
import { isChained, isHandshakeFlaw, migrationOf, toFailure } from "./failures.ts";
import { introduce } from "./introduce.ts";
import { type AnyRequest, type DropReason, Link, LinkDropped } from "./link.ts";
import { type KeptSession, writeSession } from "./session-text.ts";
import type { Endpoint } from "./socket.ts";

export interface Times {
  /** For a call, and for `connect`. */
  callMs: number;
  /** For TCP and the agreement on a key. */
  openMs: number;
  /** A silent connection is noticed after twice that. */
  pingMs: number;
  /** Pause before the second attempt to come back; it doubles. */
  retryMs: number;
  maxRetryMs: number;
}

export const TIMES: Times = { callMs: 30_000, openMs: 10_000, pingMs: 10_000, retryMs: 250, maxRetryMs: 4_000 };

export interface AccountLinkOptions {
  api: { id: number; hash: string };
  device: string;
  /** Where a data centre is. @param config the newest of Telegram's; null before the first connection */
  locate(dataCentre: number, config: Api.Config | null): Endpoint;
  times: Times;
  onUpdates(updates: Api.TypeUpdates): void;
  onState(state: "up" | "down"): void;
  onExpired(reason: string): void;
  onSession(session: string): void;
  onCall(call: FinishedCall): void;
}

export interface CallOptions<Answer> {
  /** In place of the deadline. */
  signal?: AbortSignal;
  /** A call that changes nothing is repeated when the connection drops under it. */
  repeats?: boolean;
  onAnswer?: (answer: Answer) => void;
}

/** Telegram stops to send updates to a client that asks nothing for about an hour. */
const QUIET_MS = 30 * 60_000;
const MAX_MIGRATIONS = 3;
const MAX_HANDSHAKES = 3;
/** What makes the next pause the longest. */
const MANY_ATTEMPTS = 10;
/** A connection that lived for so long was a good one: the next attempt comes at once. */
const GOOD_MS = 10_000;

/** The connection of an account that takes updates: it comes back by itself until it is closed. */
export class AccountLink {
  userId: number | null;
  readonly #options: AccountLinkOptions;
  #dataCentre: number;
  #authKey: KeptSession["authKey"] | undefined;
  #link: Link | null = null;
  #opening: Link | null = null;
  #hasOpened = false;
  #ready = Promise.withResolvers<Link>();
  #isClosed = false;
  #expiredBy: string | null = null;
  #attempts = 0;
  #upAt = 0;
  #lastCallAt = Date.now();
  #pingedAt = 0;
  #retry: NodeJS.Timeout | undefined;
  readonly #pinging: NodeJS.Timeout;
  #config: Api.Config | null = null;

  constructor(options: AccountLinkOptions, { dataCentre, authKey, userId }: Partial<KeptSession>) {
    this.#options = options;
    this.#dataCentre = dataCentre ?? 2;
    this.#authKey = authKey;
    this.userId = userId ?? null;
    this.#ready.promise.catch(() => {});
    this.#pinging = setInterval(() => this.#watch(), options.times.pingMs);
  }

  get dataCentre(): number {
    return this.#dataCentre;
  }

  get authKey(): KeptSession["authKey"] | undefined {
    return this.#authKey;
  }

  get isUp(): boolean {
    return this.#link !== null;
  }

  get session(): string {
    if (!this.#authKey) return "";
    return writeSession({ dataCentre: this.#dataCentre, authKey: this.#authKey, userId: this.userId });
  }

  get options(): AccountLinkOptions {
    return this.#options;
  }

  locate(dataCentre: number): Endpoint {
    return this.#options.locate(dataCentre, this.#config);
  }

  /** @throws TelegramFailure */
  async open(): Promise<void> {
    try {
      await this.#openLink();
    } catch (error) {
      this.close();
      throw this.#expiredBy === null ? toFailure(error) : new TelegramFailure("expired", this.#expiredBy);
    }
    this.#hasOpened = true;
    setImmediate(() => this.isUp && this.#options.onState("up"));
  }

  async #openLink(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#tryLink();
      } catch (error) {
        if (!isHandshakeFlaw(error) || attempt === MAX_HANDSHAKES || this.#isClosed) throw error;
      }
    }
  }

  /** A link that has introduced itself. */
  async #tryLink(): Promise<void> {
    const { times, onUpdates } = this.#options;
    const dataCentre = this.#dataCentre;
    const link = new Link({
      ...{ dataCentre, endpoint: this.locate(dataCentre), authKey: this.#authKey, timeoutMs: times.openMs, onUpdates },
      onDropped: (reason) => this.#dropped(link, reason),
    });
    this.#opening = link;
    try {
      await link.open();
      this.#config = (await introduce(link, this.#options)) as Api.Config;
    } catch (error) {
      link.close();
      throw error;
    } finally {
      this.#opening = null;
    }
    this.#authKey = link.authKey;
    this.#link = link;
    this.#upAt = Date.now();
    this.#pingedAt = 0;
    this.#ready.resolve(link);
  }

  #dropped(link: Link, reason: DropReason): void {
    if (reason === "keyUnknown") this.expire("AUTH_KEY_UNKNOWN");
    if (reason === "tooMany") this.#attempts = Math.max(this.#attempts, MANY_ATTEMPTS);
    if (this.#link !== link || this.#isClosed) return;
    this.#goDown();
    this.#options.onState("down");
    if (Date.now() - this.#upAt >= GOOD_MS) this.#attempts = 0;
    this.#comeBack();
  }

  #goDown(): void {
    this.#link = null;
    this.#ready = Promise.withResolvers<Link>();
    this.#ready.promise.catch(() => {});
  }

  /** At once, then after pauses that grow; with some chance in them, so that many accounts do not come back together. */
  #comeBack(atLeastMs = 0): void {
    if (this.#isClosed) return;
    const { retryMs, maxRetryMs } = this.#options.times;
    const pause = this.#attempts === 0 ? 0 : Math.min(maxRetryMs, retryMs * 2 ** (this.#attempts - 1));
    this.#attempts += 1;
    this.#retry = setTimeout(() => void this.#tryAgain(), Math.max(atLeastMs, pause * (0.75 + Math.random() / 4)));
  }

  async #tryAgain(): Promise<void> {
    try {
      await this.#openLink();
    } catch (error) {
      const failure = toFailure(error);
      if (failure.kind === "expired") this.expire(failure.reason);
      else this.#comeBack(failure.waitSeconds * 1_000);
      return;
    }
    this.#options.onState("up");
  }

  /** Pings while nothing is heard, and gives up a connection that does not answer. */
  #watch(): void {
    const link = this.#link;
    if (!link) return;
    const { pingMs } = this.#options.times;
    // What has arrived while this process was busy is read first.
    setImmediate(() => {
      if (this.#link !== link) return;
      const isUnanswered = this.#pingedAt > 0 && link.heardAt < this.#pingedAt;
      if (isUnanswered) return link.drop();
      if (Date.now() - link.heardAt < pingMs / 2) return;
      this.#pingedAt = Date.now();
      link.ping();
    });
    if (this.userId === null || Date.now() - this.#lastCallAt < QUIET_MS) return;
    this.call(new Api.updates.GetState(), { repeats: true }).catch(() => {});
  }

  /**
   * Waits for the connection and for the answer; follows Telegram to another data centre.
   * @throws TelegramFailure
   */
  call<Answer>(request: AnyRequest<Answer>, options: CallOptions<Answer> = {}): Promise<Answer> {
    return this.counted(request, () => this.#call(request, options));
  }

  /** Tells what becomes of a call. */
  async counted<Answer>(request: AnyRequest<Answer>, call: () => Promise<Answer>): Promise<Answer> {
    const began = performance.now();
    let outcome: FinishedCall["outcome"] = "ok";
    try {
      return await call();
    } catch (error) {
      outcome = toFailure(error).kind;
      throw error;
    } finally {
      this.#options.onCall({ method: methodOf(request), outcome, ms: performance.now() - began });
    }
  }

  async #call<Answer>(request: AnyRequest<Answer>, options: CallOptions<Answer>): Promise<Answer> {
    const signal = options.signal ?? AbortSignal.timeout(this.#options.times.callMs);
    for (let migrations = 0; ; ) {
      const link = await this.#whenUp(signal);
      this.#lastCallAt = Date.now();
      try {
        return await link.invoke(request, { ...options, signal });
      } catch (error) {
        const target = migrationOf(error);
        if (target !== null && migrations < MAX_MIGRATIONS) {
          migrations += 1;
          await this.moveTo(target);
        } else if (!isChained(error) && !(error instanceof LinkDropped && options.repeats && !this.#isClosed)) {
          throw this.#sort(error, signal);
        }
      }
    }
  }

  #sort(error: unknown, signal: AbortSignal): TelegramFailure {
    if (this.#expiredBy !== null) return new TelegramFailure("expired", this.#expiredBy);
    if (error instanceof LinkDropped || error === signal.reason)
      return new TelegramFailure("down", "TIMEOUT", { mayHaveHappened: true });
    const failure = toFailure(error);
    if (failure.kind === "expired") this.expire(failure.reason);
    return failure;
  }

  /** @throws TelegramFailure `down`: the call has not left */
  async #whenUp(signal: AbortSignal): Promise<Link> {
    if (this.#expiredBy !== null) throw new TelegramFailure("expired", this.#expiredBy);
    if (this.#isClosed || signal.aborted) throw new TelegramFailure("down", "TIMEOUT");
    if (this.#link) return this.#link;
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(new TelegramFailure("down", "TIMEOUT"));
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([this.#ready.promise, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Goes on at another data centre, with a new key. @throws TelegramFailure and stays where it is */
  async moveTo(dataCentre: number): Promise<void> {
    const former = { dataCentre: this.#dataCentre, authKey: this.#authKey };
    this.#link?.close();
    this.#goDown();
    this.#dataCentre = dataCentre;
    this.#authKey = undefined;
    try {
      await this.#openLink();
    } catch (error) {
      this.#dataCentre = former.dataCentre;
      this.#authKey = former.authKey;
      this.#comeBack();
      throw toFailure(error);
    }
    this.#options.onSession(this.session);
  }

  /** The account has signed in. */
  setUser(userId: number): void {
    if (this.userId === userId) return;
    this.userId = userId;
    this.#options.onSession(this.session);
  }

  /** Telegram ended the session. */
  expire(reason: string): void {
    if (this.#isClosed || this.#expiredBy !== null) return;
    this.#expiredBy = reason;
    this.close();
    if (this.#hasOpened) this.#options.onExpired(reason);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#pinging);
    clearTimeout(this.#retry);
    this.#opening?.close();
    this.#link?.close();
    this.#link = null;
    this.#ready.reject(new TelegramFailure("down", "TIMEOUT"));
  }
}

/** `messages.sendMessage` where gramjs says `messages.SendMessage`. */
const methodOf = ({ className }: AnyRequest<unknown>): string =>
  className.replace(/[A-Z]/, (letter) => letter.toLowerCase());
