import type { Actor } from "../actor.ts";
import { isStaff } from "../auth/permissions.ts";
import { declareLatest, declareLog } from "../realtime/topic.ts";
import {
  type AlertEvent,
  alertEvent,
  type BotStatus,
  type BroadcastEvent,
  botStatus,
  broadcastEvent,
  type EventsEvent,
  eventsEvent,
} from "./schema.ts";

/** Staff, users whom the operator's own server gave a token for this protocol, and customers with a role above User. */
export function mayReadEvents(actor: Actor): boolean {
  if (actor.kind !== "customer") return isStaff(actor, "notifications:read");
  const { proof } = actor;
  return proof?.kind === "token" || (proof?.kind === "session" && proof.permissions.length > 0);
}

/** What happened on Instagram. Key: `all`. */
export const eventsTopic = declareLog<"all", EventsEvent>("notifications.events", {
  event: eventsEvent,
  mayRead: mayReadEvents,
});

const identified = (actor: Actor): boolean => actor.kind !== "anonymous";

/** Live alerts as they are published and settled. Key: `all`. Readers see what their view shows them. */
export const alertsTopic = declareLog<"all", AlertEvent>("notifications.alerts", {
  event: alertEvent,
  mayRead: identified,
});

/** The bot's figures. Key: `all`. */
export const statusTopic = declareLatest<"all", BotStatus>("notifications.status", {
  value: botStatus,
  mayRead: identified,
});

/** Broadcasts as they change. Key: `all`. Readers: staff. */
export const broadcastsTopic = declareLog<"all", BroadcastEvent>("notifications.broadcasts", {
  event: broadcastEvent,
  mayRead: (actor) => isStaff(actor, "notifications:read"),
});
