import { z } from "zod";
import type { Actor } from "../actor.ts";
import type { Bus } from "../realtime/bus.ts";
import { declareLatest, internalOnly } from "../realtime/topic.ts";

/** A session has ended: whatever it opened is to be closed. Key: session id. */
export const sessionEndedTopic = declareLatest<string, null>("auth.sessionEnded", {
  value: z.null(),
  mayRead: internalOnly,
});

/** An actor's rights have changed: their open sockets authenticate again. Key: `rightsKey`. */
export const rightsChangedTopic = declareLatest<string, null>("auth.rightsChanged", {
  value: z.null(),
  mayRead: internalOnly,
});

/** Called after the commit that changed a person's rights. */
export const publishRightsChanged = (bus: Bus, personId: string): void =>
  bus.publishLatest(rightsChangedTopic.name(`person:${personId}`), null);

/** The session the actor is signed in by, if any. */
export function sessionIdOf(actor: Actor): string | null {
  if (actor.kind === "agent") return actor.sessionId;
  return actor.kind === "customer" && actor.proof?.kind === "session" ? actor.proof.sessionId : null;
}

/** Whose rights can change while connected; null for actors without rights to lose. */
export function rightsKey(actor: Actor): string | null {
  if (actor.kind === "agent") return `person:${actor.personId}`;
  if (actor.kind === "customer") return actor.proof?.kind === "session" ? `person:${actor.proof.personId}` : null;
  return actor.kind === "apiKey" ? `key:${actor.keyId}` : null;
}
