import { rightsChangedTopic, rightsKey, sessionEndedTopic } from "@pult/api/auth/events.ts";
import type { Actor } from "@pult/api/context.ts";
import { findDomainError } from "@pult/api/errors.ts";
import type { Bus } from "@pult/api/realtime/bus.ts";
import { CLOSE, type TrpcGate } from "./trpc-gate.ts";

/** How long after a change that nobody told us of a socket may still live: rights of staff, tokens of customers. */
const STAFF_MS = 30_000;
const OTHERS_MS = 5 * 60_000;
const AT_ONCE = 20;

interface Watched {
  gate: TrpcGate;
  actor: Actor;
  /** Asks again whose socket this is. @throws DomainError `UNAUTHORIZED` when he is nobody any more */
  identify(): Promise<Actor>;
  /** He is somebody with other rights now. */
  changed(actor: Actor): void;
  dueAt: number;
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

  watch(given: Omit<Watched, "dueAt">): void {
    const { gate, actor } = given;
    if (actor.kind === "anonymous" || gate.readyState !== 1) return;
    const key = rightsKey(actor);
    const one: Watched = { ...given, dueAt: 0 };
    this.#postpone(one);
    this.#watched.add(one);
    const stops: (() => void)[] = [];
    if (key) stops.push(this.#bus.subscribeLatest(rightsChangedTopic.name(key), () => void this.#recheck(one)));
    if (actor.kind === "agent") {
      const ended = sessionEndedTopic.name(actor.sessionId);
      stops.push(this.#bus.subscribeLatest(ended, () => gate.close(CLOSE.policy, "Signed out")));
    }
    gate.once("close", () => {
      this.#watched.delete(one);
      for (const stop of stops) stop();
    });
  }

  /** Called about once a second. */
  beat(now: number): void {
    let left = AT_ONCE;
    for (const one of this.#watched) {
      if (one.dueAt > now) continue;
      void this.#recheck(one);
      left -= 1;
      if (left === 0) return;
    }
  }

  close(): void {
    this.#stopGaps();
  }

  /** The next time, spread so that those who came together are not asked for together. */
  #postpone(one: Watched): void {
    const everyMs = rightsKey(one.actor) === null ? OTHERS_MS : STAFF_MS;
    one.dueAt = Date.now() + everyMs * (0.8 + Math.random() * 0.2);
  }

  async #recheck(one: Watched): Promise<void> {
    this.#postpone(one);
    try {
      one.actor = await one.identify();
    } catch (error) {
      if (findDomainError(error)) one.gate.close(CLOSE.policy, "Signed out");
      else this.#failed(error);
      return;
    }
    one.changed(one.actor);
    if (one.actor.kind === "anonymous") one.gate.close(CLOSE.policy, "Signed out");
    else if (!one.gate.views.every((view) => view.mayRead(one.actor)))
      one.gate.close(CLOSE.policy, "No longer allowed");
  }
}
