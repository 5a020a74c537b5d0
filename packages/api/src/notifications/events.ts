import { z } from "zod";
import { type Actor, identityOf } from "../actor.ts";
import { isStaff } from "../auth/permissions.ts";
import { declareLatest, declareLog, internalOnly } from "../realtime/topic.ts";
import { type BroadcastEvent, broadcastEvent } from "./broadcasts/schema.ts";
import { type AlertEvent, alertEvent, type BotStatus, botStatus, type EventsEvent, eventsEvent } from "./schema.ts";
import { type ToastEvent, toastEvent } from "./toasts/schema.ts";

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

/** Toasts. Key: whose they are, by `identityOf`; `all` for those that everyone is told. */
export const toastsTopic = declareLog<string, ToastEvent>("notifications.toasts", {
  event: toastEvent,
  mayRead: (actor, key) => identified(actor) && (key === "all" || identityOf(actor) === key),
  retention: 300,
});

const place = z.object({
  alerts: z.string().nullable(),
  announcements: z.string().nullable(),
  own: z.string().nullable(),
});
const owed = z.object({ reader: z.string(), since: place });
/** A user of the Mini App, and from where on a connection of theirs was told in vain. */
export type Owed = z.infer<typeof owed>;
const owedNews = z.object({ node: z.string(), owed: z.array(owed) });
export type OwedNews = z.infer<typeof owedNews>;

/** What connections that broke on one node are owed on the others. Key: `all`. */
export const owedTopic = declareLatest<"all", OwedNews>("notifications.owed", {
  value: owedNews,
  mayRead: internalOnly,
});
