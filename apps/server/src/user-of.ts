import type { Actor } from "@pult/api/context.ts";

/** Whose calls and sockets are counted together; null for nobody, and for keys, which speak for servers. */
export function userOf(actor: Actor): string | null {
  if (actor.kind === "agent") return `agent:${actor.personId}`;
  if (actor.kind === "customer") return `${actor.channel}:${actor.externalId}`;
  return null;
}
