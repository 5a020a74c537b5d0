import type { Actor } from "@pult/api/actor.ts";
import { rightsChangedTopic, rightsKey, sessionEndedTopic, sessionIdOf } from "@pult/api/auth/events.ts";
import { findDomainError } from "@pult/api/errors.ts";
import type { Bus } from "@pult/api/realtime/bus.ts";
import { CLOSE } from "./close-codes.ts";

/** How long a socket may outlive a change that was not published: rights of staff, tokens of customers. */
const STAFF_MS = 30_000;
const OTHERS_MS = 5 * 60_000;
/** How soon a check that failed is repeated. */
const RETRY_MS = 5_000;
/** Most checks in one tick: so many, or this share of all. */
const AT_ONCE = 20;
const SHARE_AT_ONCE = 1 / 30;

/** A socket whose caller's rights are watched. */
export interface WatchedSocket {
  readonly readyState: number;
  /** What it follows. */
  readonly views: readonly { mayRead(actor: Actor): boolean }[];
  close(code: number, reason: string): void;
  once(event: "close", listener: () => void): unknown;
}

interface Watched {
  socket: WatchedSocket;
  actor: Actor;
  /** Finds out again whose socket it is. @throws DomainError `UNAUTHORIZED` when the token has ended */
  identify(): Promise<Actor>;
  /** The caller may have other rights now. */
  changed(actor: Actor): void;
  dueAt: number;
  /** Checks begun: the answer to an earlier one is out of date. */
  checks: number;
  /** Topic on which changes of these rights are published, and how to stop listening. */
  listening: { key: string | null; stop(): void };
}

/**
 * Checks the caller of each socket again when their rights change, on whatever node, and from time to time: a session that ended, a revoked
 * key, an expired token or a lost right closes the socket.
 */
export class RightsWatch {
  readonly #watched = new Set<Watched>();
  readonly #bus: Bus;
  readonly #failed: (error: unknown) => void;
  readonly #stopGaps: () => void;

  constructor(bus: Bus, failed: (error: unknown) => void) {
    this.#bus = bus;
    this.#failed = failed;
    this.#stopGaps = bus.onGap(() => {
      for (const one of this.#watched) if (rightsKey(one.actor) !== null) one.dueAt = 0;
    });
  }

  watch(given: Omit<Watched, "dueAt" | "checks" | "listening">): void {
    const { socket, actor } = given;
    if (actor.kind === "anonymous" || socket.readyState !== 1) return;
    const one: Watched = { ...given, dueAt: 0, checks: 0, listening: { key: null, stop: () => {} } };
    this.#postpone(one);
    this.#watched.add(one);
    this.#listen(one);
    const stops = [() => one.listening.stop()];
    const sessionId = sessionIdOf(actor);
    if (sessionId !== null) {
      const ended = sessionEndedTopic.name(sessionId);
      stops.push(
        this.#bus.subscribeLatest(ended, () => {
          // Subscriptions to the session are told of its end first.
          setImmediate(() => socket.close(CLOSE.policy, "Signed out"));
        }),
      );
    }
    socket.once("close", () => {
      this.#watched.delete(one);
      for (const stop of stops) stop();
    });
  }

  /** Called about once a second. */
  tick(now: number): void {
    let left = Math.max(AT_ONCE, Math.ceil(this.#watched.size * SHARE_AT_ONCE));
    for (const one of this.#watched) {
      if (one.dueAt > now) continue;
      // Behind all that still wait, or the first would be checked again before the last were checked once.
      this.#watched.delete(one);
      this.#watched.add(one);
      void this.#recheck(one);
      left -= 1;
      if (left === 0) return;
    }
  }

  close(): void {
    this.#stopGaps();
  }

  /** By another key once the person was merged into another. */
  #listen(one: Watched): void {
    const key = rightsKey(one.actor);
    if (key === one.listening.key) return;
    one.listening.stop();
    const stop = key
      ? this.#bus.subscribeLatest(rightsChangedTopic.name(key), () => void this.#recheck(one))
      : () => {};
    one.listening = { key, stop };
  }

  /** The next check, spread so that sockets that opened together are not checked together. */
  #postpone(one: Watched): void {
    const everyMs = rightsKey(one.actor) === null ? OTHERS_MS : STAFF_MS;
    one.dueAt = Date.now() + everyMs * (0.8 + Math.random() * 0.2);
  }

  async #recheck(one: Watched): Promise<void> {
    this.#postpone(one);
    one.checks += 1;
    const { checks } = one;
    let actor: Actor;
    try {
      actor = await one.identify();
    } catch (error) {
      if (findDomainError(error)?.code === "UNAUTHORIZED") one.socket.close(CLOSE.policy, "Signed out");
      else {
        one.dueAt = Math.min(one.dueAt, Date.now() + RETRY_MS);
        this.#failed(error);
      }
      return;
    }
    if (checks !== one.checks || one.socket.readyState !== 1) return;
    one.actor = actor;
    this.#listen(one);
    one.changed(one.actor);
    if (one.actor.kind === "anonymous") one.socket.close(CLOSE.policy, "Signed out");
    else if (!one.socket.views.every((view) => view.mayRead(one.actor)))
      one.socket.close(CLOSE.policy, "No longer allowed");
  }
}
