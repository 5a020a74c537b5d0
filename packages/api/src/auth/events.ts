import { z } from "zod";
import type { Actor } from "../context.ts";
import { declareLatest, nobody } from "../realtime/topic.ts";

/** A session has ended: whatever it opened is to be closed. Key: session id. */
export const sessionEndedTopic = declareLatest<string, null>("auth.sessionEnded", {
  value: z.null(),
  mayRead: nobody,
});

/** What somebody may do has changed: whoever serves him asks again who he is. Key: `rightsKey`. */
export const rightsChangedTopic = declareLatest<string, null>("auth.rightsChanged", {
  value: z.null(),
  mayRead: nobody,
});

/** Whose rights can change while he is connected; null for those who have none to lose. */
export function rightsKey(actor: Actor): string | null {
  if (actor.kind === "agent") return `agent:${actor.personId}`;
  return actor.kind === "apiKey" ? `key:${actor.keyId}` : null;
}
