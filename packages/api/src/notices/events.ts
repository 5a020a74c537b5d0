import type { Actor } from "../actor.ts";
import { declareLog } from "../realtime/topic.ts";
import type { Reader } from "./kinds.ts";
import { type StoredNoticeEvent, storedNoticeEvent } from "./schema.ts";

/** `<reader>:<person id>`: an agent who is a customer too has two lists. */
export type ListKey = `${Reader}:${string}`;
export const listKey = (reader: Reader, personId: string): ListKey => `${reader}:${personId}`;

/**
 * Whether the actor is that person. A customer without a session is known by their identity alone, which is looked up when they begin to
 * follow; @see followNotices
 */
function isOwner(actor: Actor, key: ListKey): boolean {
  if (actor.kind === "agent") return key === listKey("staff", actor.personId);
  if (actor.kind !== "customer") return false;
  return actor.proof?.kind === "session" ? key === listKey("customer", actor.proof.personId) : true;
}

/** A person's list as it changes. Key: `<reader>:<person id>`. Readers: that person. */
export const listTopic = declareLog<ListKey, StoredNoticeEvent>("notices.list", {
  event: storedNoticeEvent,
  mayRead: isOwner,
  retention: 200,
});
