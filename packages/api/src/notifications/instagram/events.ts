import { instagramEvents } from "@pult/db/schema/notifications.ts";
import { and, desc, eq, inArray, lt } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import type { LogView } from "../../realtime/view.ts";
import { notificationsError } from "../errors.ts";
import { eventsTopic } from "../events.ts";
import type { EventsEvent, EventsInput, EventsPage, EventType, InstagramEvent } from "../schema.ts";

/** Events that a snapshot holds. */
const SNAPSHOT_SIZE = 50;
const OTHER: EventsEvent = { type: "other" };

/**
 * What happens on Instagram, of these types; without any, everything. Events of other types keep their place in the log, empty. The caller has
 * checked who asks.
 */
export function followEvents(ctx: Context, types: readonly EventType[] | undefined): LogView<EventsEvent, EventsPage> {
  const wanted = types && new Set<string>(types);
  return {
    kind: "log",
    topic: eventsTopic.name("all"),
    viewer: wanted ? [...wanted].sort().join() : "all",
    mayRead: (actor) => eventsTopic.mayRead(actor, "all"),
    present(payload) {
      const event = payload as EventsEvent;
      return !wanted || (event.type === "event" && wanted.has(event.event.eventType)) ? event : OTHER;
    },
    snapshot: () => selectEvents(ctx, { types: types && [...types], limit: SNAPSHOT_SIZE }),
  };
}

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listEvents(ctx: Context, input: EventsInput): Promise<EventsPage> {
  requireStaff(ctx.actor, "notifications:read");
  return selectEvents(ctx, input);
}

async function selectEvents({ db }: Pick<Context, "db">, input: EventsInput): Promise<EventsPage> {
  const { types, accountId, before, limit } = input;
  const rows = await db
    .select({ eventId: instagramEvents.id, event: instagramEvents.event })
    .from(instagramEvents)
    .where(
      and(
        types && inArray(instagramEvents.kind, types),
        accountId === undefined ? undefined : eq(instagramEvents.accountId, accountId),
        before === undefined ? undefined : lt(instagramEvents.id, before),
      ),
    )
    .orderBy(desc(instagramEvents.id))
    .limit(limit + 1);
  const events = rows.slice(0, limit).map(({ eventId, event }) => ({ eventId, event: event as InstagramEvent }));
  return { events, nextBefore: rows.length > limit ? (events.at(-1)?.eventId ?? null) : null };
}

/** Delivers a stored event once more to everyone who follows. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function replayEvent(ctx: Context, { eventId }: { eventId: number }): Promise<void> {
  requireStaff(ctx.actor, "notifications:write");
  const appended = await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .select({ event: instagramEvents.event })
      .from(instagramEvents)
      .where(eq(instagramEvents.id, eventId));
    if (!row) throw notificationsError("eventNotFound");
    const payload = { type: "event", eventId, event: row.event };
    return appendToLogs(tx, [{ topic: eventsTopic.name("all"), payload }]);
  });
  publishAppended(ctx.bus, appended);
}
