import type { Actor } from "../actor.ts";
import { isStaff } from "../auth/permissions.ts";
import { declareLog } from "../realtime/topic.ts";
import { type EventsEvent, eventsEvent } from "./schema.ts";

/** Staff, and the users to whom the operator's own server gave a token for this protocol; Pult issues none to customers. */
export const mayReadEvents = (actor: Actor): boolean =>
  isStaff(actor, "notifications:read") || (actor.kind === "customer" && actor.proof !== undefined);

/** What happened on Instagram. Key: `all`. */
export const eventsTopic = declareLog<"all", EventsEvent>("notifications.events", {
  event: eventsEvent,
  mayRead: mayReadEvents,
});
