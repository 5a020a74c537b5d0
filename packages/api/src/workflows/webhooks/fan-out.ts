import { isLeaseCurrent } from "@pult/db/leases.ts";
import { webhookDeliveries, webhooks } from "@pult/db/schema/workflows.ts";
import { and, asc, eq } from "drizzle-orm";
import { viewerOf } from "../../chats/access.ts";
import type { Context } from "../../context.ts";
import { enqueue, publishDue } from "../../outbox/outbox.ts";
import { type Cursor, cursor, isAtEnd, isSamePlace, KEPT_MS } from "../events/cursor.ts";
import { type EventsPage, readEvents, type StoredEvent } from "../events/read.ts";
import { readEnds, type Source, selectSources, showEvents, topicsOf } from "../events/sources.ts";
import { selectOwners } from "../owner.ts";
import type { Direction } from "../schema.ts";
import { eventWorker } from "../worker.ts";
import { type DeliveryRow, itemsOf, WEBHOOKS_LEASE } from "./delivery.ts";
import type { WebhookRow } from "./secrets.ts";

/** Deliveries of one webhook that wait at most; the logs keep what follows. */
const MAX_OPEN = 100;

export const webhooksWorker = eventWorker({ name: "workflows.webhooks", lease: WEBHOOKS_LEASE }, fanOutEvents);

/**
 * Moves events from the logs into the queues of webhooks, with the place up to which it has, so that a crash repeats nothing and leaves nothing out.
 * @returns whether there is any webhook to look after
 */
export async function fanOutEvents(ctx: Context, token: number): Promise<boolean> {
  const hooks = await ctx.db
    .select()
    .from(webhooks)
    .where(eq(webhooks.isActive, true))
    .orderBy(asc(webhooks.createdAt));
  if (hooks.length === 0) return false;
  const owners = await selectOwners(ctx.db, [...new Set(hooks.map(({ owner }) => owner))]);
  const sources = new Map<string, Source[]>();
  for (const [owner, actor] of owners) sources.set(owner, await selectSources(ctx.db, viewerOf({ ...ctx, actor })));
  const ends = await readEnds(ctx, [...sources.values()]);
  for (const hook of hooks) {
    const seen = sources.get(hook.owner);
    if (!seen || isAtEnd(cursor.parse(hook.place), topicsOf(seen), ends)) continue;
    await moveOn(ctx, hook, { sources: seen, token });
  }
  return true;
}

async function moveOn(
  ctx: Context,
  hook: WebhookRow,
  { sources, token }: { sources: readonly Source[]; token: number },
): Promise<void> {
  const { id } = hook;
  const open = and(eq(webhookDeliveries.webhookId, id), eq(webhookDeliveries.state, "pending"));
  let room = MAX_OPEN - (await ctx.db.$count(webhookDeliveries, open));
  let place: Cursor = cursor.parse(hook.place);
  for (let hasMore = room > 0; hasMore; ) {
    const page = await readEvents(ctx.db, {
      topics: topicsOf(sources),
      after: place,
      limit: room,
      types: hook.events as string[] | null,
    });
    if (isSamePlace(page.next, place) && page.next.at - place.at < KEPT_MS) return;
    const told = [
      ...missedOf(ctx, page),
      ...showEvents(sources, page.events, ctx.now()).filter((event) => isWanted(hook, event)),
    ];
    const stored = await ctx.db.transaction(async (tx) => {
      if (!(await isLeaseCurrent(tx, { name: WEBHOOKS_LEASE, token }))) return null;
      // Deleted or changed meanwhile.
      const isAsRead = and(eq(webhooks.id, id), eq(webhooks.place, place));
      const moved = await tx.update(webhooks).set({ place: page.next }).where(isAsRead).returning({ id: webhooks.id });
      if (moved.length === 0) return null;
      if (told.length === 0) return [];
      const rows = await tx
        .insert(webhookDeliveries)
        .values(told.map((event) => rowOf(ctx, hook, event, sources)))
        .onConflictDoNothing()
        .returning({ id: webhookDeliveries.id });
      await enqueue(
        tx,
        itemsOf(
          id,
          rows.map((row) => row.id),
          ctx.now(),
        ),
      );
      return rows;
    });
    if (stored === null) return;
    if (stored.length > 0) publishDue(ctx.bus);
    place = page.next;
    room -= stored.length;
    hasMore = page.hasMore && room > 0;
  }
}

function isWanted({ direction }: WebhookRow, { payload }: StoredEvent): boolean {
  const { message } = payload as { message?: { isOutgoing: boolean } };
  if (!message) return true;
  return (direction as Direction) === "all" || message.isOutgoing === (direction === "outgoing");
}

/** A receiver learns that a log did not reach back to where it was. */
const missedOf = (ctx: Context, { missed, next }: EventsPage): StoredEvent[] =>
  missed.map((topic) => ({
    id: `missed:${topic}:${next.positions[topic]}`,
    topic,
    at: ctx.now().toISOString(),
    payload: { type: "missed" },
  }));

function rowOf(ctx: Context, hook: WebhookRow, event: StoredEvent, sources: readonly Source[]) {
  const { id: eventId, topic, at, payload } = event;
  const accountId = sources.find((source) => source.topic === topic)?.accountId ?? null;
  const now = ctx.now();
  const kept = payload.type === "missed" ? { ...payload, accountId } : payload;
  return {
    ...{ webhookId: hook.id, eventId, type: payload.type, accountId, event: { at, payload: kept } },
    ...{ state: "pending", queuedAt: now, createdAt: now },
  } satisfies Partial<DeliveryRow>;
}
