import type { Actor, Context } from "../context.ts";
import { DomainError, findDomainError } from "../errors.ts";
import type { LatestView } from "../realtime/view.ts";
import { getMe } from "./account/me.ts";
import { actorOfRef, refOfActor } from "./actors.ts";
import { rightsChangedTopic, rightsKey, sessionEndedTopic, sessionIdOf } from "./events.ts";
import type { SessionEvent } from "./schema.ts";

/**
 * The caller's own session: who he is now, again when his rights change, and its end, after which the socket is closed (1008).
 * @throws DomainError `UNAUTHORIZED` for nobody
 */
export function followSession(ctx: Context): LatestView<SessionEvent> {
  const ref = refOfActor(ctx.actor);
  if (!ref) throw new DomainError("UNAUTHORIZED", "Sign in first");
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
        async changed() {
          const asking = ++asked;
          const event = await actorOfRef(ctx, ref).then((found) => {
            actor = found;
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

function listen({ bus, actor, log }: Context, told: { changed(): Promise<void>; ended(): void }): () => void {
  const rights = rightsKey(actor);
  const sessionId = sessionIdOf(actor);
  const changed = () => {
    told.changed().catch((error: unknown) => log.warn({ err: error }, "A session could not be asked for again"));
  };
  const stops = [
    rights && bus.subscribeLatest(rightsChangedTopic.name(rights), changed),
    sessionId && bus.subscribeLatest(sessionEndedTopic.name(sessionId), told.ended),
  ];
  return () => {
    for (const stop of stops) if (stop) stop();
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
