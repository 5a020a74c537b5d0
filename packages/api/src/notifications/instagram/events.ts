import type { Transaction } from "@pult/db/database.ts";
import { instagramAccounts, instagramEvents } from "@pult/db/schema/notifications.ts";
import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import type { LogView } from "../../realtime/view.ts";
import { notificationsError } from "../errors.ts";
import { eventsTopic } from "../events.ts";
import type { EventsEvent, EventsInput, EventsPage, EventType, InstagramEvent, ReplayInput } from "../schema.ts";
import { deskTopic, isForDesk } from "./desk.ts";
import { withReplies } from "./replies.ts";
import { retryPutAside } from "./webhooks.ts";

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

/** Events of accounts that are off are shown only to those who ask for the account. */
const isOn = sql`${instagramEvents.accountId} not in (select id from instagram_accounts where not enabled)`;

async function selectEvents({ db }: Pick<Context, "db">, input: EventsInput): Promise<EventsPage> {
  const { types, accountId, before, limit } = input;
  const rows = await db
    .select({ eventId: instagramEvents.id, event: instagramEvents.event })
    .from(instagramEvents)
    .where(
      and(
        types && inArray(instagramEvents.kind, types),
        accountId === undefined ? isOn : eq(instagramEvents.accountId, accountId),
        before === undefined ? undefined : lt(instagramEvents.id, before),
      ),
    )
    .orderBy(desc(instagramEvents.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit).map(({ eventId, event }) => ({ eventId, event: event as InstagramEvent }));
  const events = await withReplies(db, page);
  return { events, nextBefore: rows.length > limit ? (events.at(-1)?.eventId ?? null) : null };
}

/**
 * Delivers a stored event once more to everyone who follows, and to the desk, which recognises what it has; or tries again what was put
 * aside.
 * @returns how many
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`
 */
export async function replay(ctx: Context, input: ReplayInput): Promise<{ count: number }> {
  requireStaff(ctx.actor, "notifications:write");
  if ("putAside" in input) return { count: await retryPutAside(ctx) };
  await replayEvent(ctx, input.eventId);
  return { count: 1 };
}

async function replayEvent(ctx: Context, eventId: number): Promise<void> {
  const { appended, isOwed } = await ctx.db.transaction(async (tx) => {
    const [row] = await tx.select().from(instagramEvents).where(eq(instagramEvents.id, eventId)).for("update");
    if (!row) throw notificationsError("eventNotFound");
    const isOwed = await owesDesk(tx, row);
    if (isOwed)
      await tx
        .update(instagramEvents)
        .set({ deskDueAt: ctx.now(), deskAttempts: 0 })
        .where(eq(instagramEvents.id, eventId));
    const payload = { type: "event", eventId, event: row.event };
    return { appended: await appendToLogs(tx, [{ topic: eventsTopic.name("all"), payload }]), isOwed };
  });
  publishAppended(ctx.bus, appended);
  if (isOwed) ctx.bus.publishLatest(deskTopic.name("due"), null);
}

/** Whether the desk is to be given an event: not again what it has, nor one of an account that is off. */
async function owesDesk(tx: Transaction, row: typeof instagramEvents.$inferSelect): Promise<boolean> {
  const isDone = row.deskDueAt !== null || (row.deskAttempts > 0 && row.deskNote === null);
  if (isDone || !isForDesk(row.event as InstagramEvent)) return false;
  const [account] = await tx.select().from(instagramAccounts).where(eq(instagramAccounts.id, row.accountId));
  return account?.enabled !== false;
}
