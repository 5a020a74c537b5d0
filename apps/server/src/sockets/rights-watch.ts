import type { Actor } from "@pult/api/actor.ts";
import { rightsChangedTopic, rightsKey, sessionEndedTopic, sessionIdOf } from "@pult/api/auth/events.ts";
import { findDomainError } from "@pult/api/errors.ts";
import type { Bus } from "@pult/api/realtime/bus.ts";
import { CLOSE } from "./close-codes.ts";

/** How long after a change that nobody told us of a socket may still live: rights of staff, tokens of customers. */
const STAFF_MS = 30_000;
const OTHERS_MS = 5 * 60_000;
/** How soon somebody is asked for again who could not be asked for. */
const RETRY_MS = 5_000;
/** Most that are asked for in one beat: so many, or this share of all. */
const AT_ONCE = 20;
const SHARE_AT_ONCE = 1 / 30;

/** The socket of somebody whose rights are watched. */
export interface WatchedSocket {
  readonly readyState: number;
  /** What it follows. */
  readonly views: readonly { mayRead(actor: Actor): boolean }[];
  close(code: number, reason: string): void;
  once(event: "close", listener: () => void): unknown;
}

interface Watched {
  gate: WatchedSocket;
  actor: Actor;
  /** Asks again whose socket this is. @throws DomainError `UNAUTHORIZED` when he is nobody any more */
  identify(): Promise<Actor>;
  /** He is somebody with other rights now. */
  changed(actor: Actor): void;
  dueAt: number;
  /** How often he was asked for: an answer that comes after a later question is out of date. */
  asked: number;
  /** By what changes of his rights are told, and the end of listening to them. */
  heard: { key: string | null; stop(): void };
}

/**
 * Whoever was let in is asked for again when his rights change, on whatever node, and from time to time: a session that ended, a key that
 * was revoked, a token that expired or a right that was lost closes the socket.
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

  watch(given: Omit<Watched, "dueAt" | "asked" | "heard">): void {
    const { gate, actor } = given;
    if (actor.kind === "anonymous" || gate.readyState !== 1) return;
    const one: Watched = { ...given, dueAt: 0, asked: 0, heard: { key: null, stop: () => {} } };
    this.#postpone(one);
    this.#watched.add(one);
    this.#listen(one);
    const stops = [() => one.heard.stop()];
    const sessionId = sessionIdOf(actor);
    if (sessionId !== null) {
      const ended = sessionEndedTopic.name(sessionId);
      stops.push(
        this.#bus.subscribeLatest(ended, () => {
          // Whoever follows the session hears of its end first.
          setImmediate(() => gate.close(CLOSE.policy, "Signed out"));
        }),
      );
    }
    gate.once("close", () => {
      this.#watched.delete(one);
      for (const stop of stops) stop();
    });
  }

  /** Called about once a second. */
  beat(now: number): void {
    let left = Math.max(AT_ONCE, Math.ceil(this.#watched.size * SHARE_AT_ONCE));
    for (const one of this.#watched) {
      if (one.dueAt > now) continue;
      // Behind all who still wait, or the first ones would be asked for again before the last ones once.
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

  /** By another key once he has become part of somebody else. */
  #listen(one: Watched): void {
    const key = rightsKey(one.actor);
    if (key === one.heard.key) return;
    one.heard.stop();
    const stop = key
      ? this.#bus.subscribeLatest(rightsChangedTopic.name(key), () => void this.#recheck(one))
      : () => {};
    one.heard = { key, stop };
  }

  /** The next time, spread so that those who came together are not asked for together. */
  #postpone(one: Watched): void {
    const everyMs = rightsKey(one.actor) === null ? OTHERS_MS : STAFF_MS;
    one.dueAt = Date.now() + everyMs * (0.8 + Math.random() * 0.2);
  }

  async #recheck(one: Watched): Promise<void> {
    this.#postpone(one);
    one.asked += 1;
    const { asked } = one;
    let actor: Actor;
    try {
      actor = await one.identify();
    } catch (error) {
      if (findDomainError(error)?.code === "UNAUTHORIZED") one.gate.close(CLOSE.policy, "Signed out");
      else {
        one.dueAt = Math.min(one.dueAt, Date.now() + RETRY_MS);
        this.#failed(error);
      }
      return;
    }
    if (asked !== one.asked || one.gate.readyState !== 1) return;
    one.actor = actor;
    this.#listen(one);
    one.changed(one.actor);
    if (one.actor.kind === "anonymous") one.gate.close(CLOSE.policy, "Signed out");
    else if (!one.gate.views.every((view) => view.mayRead(one.actor)))
      one.gate.close(CLOSE.policy, "No longer allowed");
  }
}
