import type { Actor } from "../actor.ts";
import type { Context } from "../context.ts";
import { findDomainError, requestError } from "../errors.ts";
import type { LatestView } from "../realtime/view.ts";
import { getMe } from "./account/profile.ts";
import { actorOfRef, refOfActor } from "./actors.ts";
import { rightsChangedTopic, rightsKey, sessionEndedTopic, sessionIdOf } from "./events.ts";
import type { SessionEvent } from "./schema.ts";

/**
 * The caller's own session: the actor now, again when its rights change, and its end, after which the socket is closed (1008).
 * @throws DomainError `UNAUTHORIZED` when anonymous
 */
export function followSession(ctx: Context): LatestView<SessionEvent> {
  const ref = refOfActor(ctx.actor);
  if (!ref) throw requestError("signInRequired");
  const key = JSON.stringify(ref);
  let { actor } = ctx;
  return {
    kind: "latest",
    topic: `auth.session:${key}`,
    mayRead: (reader) => JSON.stringify(refOfActor(reader)) === key,
    reader: null,
    newest: () => eventOf(ctx, actor),
    subscribe(listener) {
      let asked = 0;
      return listen(ctx, {
        async changed(moved) {
          const asking = ++asked;
          const event = await actorOfRef(ctx, ref).then((found) => {
            actor = found;
            moved(rightsKey(found));
            return eventOf(ctx, found);
          }, endedOf);
          // A later question's answer is the newer one, whichever comes first.
          if (event && asking === asked) listener(event);
        },
        ended: () => listener({ type: "ended", reason: "signedOut" }),
      });
    },
  };
}

interface Listener {
  /** @param moved takes the key to listen by from now on: the person may have been merged into another */
  changed(moved: (key: string | null) => void): Promise<void>;
  ended(): void;
}

function listen({ bus, actor, log }: Context, listener: Listener): () => void {
  let rights: { key: string | null; stop(): void } | null = { key: null, stop: () => {} };
  const hear = (key: string | null): void => {
    if (!rights || rights.key === key) return;
    rights.stop();
    rights = { key, stop: key ? bus.subscribeLatest(rightsChangedTopic.name(key), changed) : () => {} };
  };
  const changed = () => {
    listener
      .changed(hear)
      .catch((error: unknown) => log.warn({ err: error }, "A session could not be asked for again"));
  };
  hear(rightsKey(actor));
  const sessionId = sessionIdOf(actor);
  const stopEnded = sessionId ? bus.subscribeLatest(sessionEndedTopic.name(sessionId), listener.ended) : () => {};
  return () => {
    rights?.stop();
    rights = null;
    stopEnded();
  };
}

function eventOf(ctx: Context, actor: Actor): SessionEvent {
  return { type: "session", me: getMe({ ...ctx, actor }), expiresAt: expiryOf(actor)?.toISOString() ?? null };
}

function expiryOf(actor: Actor): Date | null {
  if (actor.kind === "customer") return actor.proof?.expiresAt ?? null;
  return (actor.kind === "agent" || actor.kind === "apiKey" ? actor.expiresAt : null) ?? null;
}

/** @returns null when it could not be found out; the sockets' own check asks again */
const endedOf = (error: unknown): SessionEvent | null =>
  findDomainError(error)?.code === "UNAUTHORIZED" ? { type: "ended", reason: "unauthorized" } : null;
