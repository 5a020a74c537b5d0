import { broadcasts, broadcastTargets } from "@pult/db/schema/notifications.ts";
import { and, desc, eq, lt, or } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import type { LogView } from "../../realtime/view.ts";
import { notificationsError } from "../errors.ts";
import { broadcastsTopic } from "../events.ts";
import { countsOf, selectBroadcasts, toTarget } from "./rows.ts";
import type { Broadcast, BroadcastEvent, BroadcastsInput, TargetsInput, TargetsPage } from "./schema.ts";

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listBroadcasts(
  ctx: Context,
  { before, limit }: BroadcastsInput,
): Promise<{ broadcasts: Broadcast[]; nextBefore: string | null }> {
  requireStaff(ctx.actor, "notifications:read");
  const last = before === undefined ? null : await createdAtOf(ctx, before);
  const rows = await ctx.db
    .select({ id: broadcasts.id })
    .from(broadcasts)
    .where(
      last
        ? or(lt(broadcasts.createdAt, last), and(eq(broadcasts.createdAt, last), lt(broadcasts.id, before ?? "")))
        : undefined,
    )
    .orderBy(desc(broadcasts.createdAt), desc(broadcasts.id))
    .limit(limit + 1);
  const page = await selectBroadcasts(
    ctx.db,
    rows.slice(0, limit).map(({ id }) => id),
  );
  return { broadcasts: page, nextBefore: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

async function createdAtOf({ db }: Context, id: string): Promise<Date> {
  const [row] = await db.select({ at: broadcasts.createdAt }).from(broadcasts).where(eq(broadcasts.id, id));
  if (!row) throw notificationsError("broadcastNotFound");
  return row.at;
}

const SNAPSHOT_SIZE = 20;

/** Broadcasts as they begin and as their deliveries go on. The caller has checked who asks. */
export const followBroadcasts = (ctx: Context): LogView<BroadcastEvent, { broadcasts: Broadcast[] }> => ({
  kind: "log",
  topic: broadcastsTopic.name("all"),
  viewer: "staff",
  mayRead: (actor) => broadcastsTopic.mayRead(actor, "all"),
  present: (payload) => withCounts(payload as BroadcastEvent),
  snapshot: () => listBroadcasts(ctx, { limit: SNAPSHOT_SIZE }),
});

/** Events of an older version carry no counts, and were all for topics. */
function withCounts(event: BroadcastEvent): BroadcastEvent {
  if (event.broadcast.counts) return event;
  const added = { recipients: "topics", languageCode: null, paid: false, pauseReason: null } as const;
  return { ...event, broadcast: { ...event.broadcast, ...added, counts: countsOf(event.broadcast.targets) } };
}

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function getBroadcast(ctx: Context, { id }: { id: string }): Promise<Broadcast> {
  requireStaff(ctx.actor, "notifications:read");
  const [broadcast] = await selectBroadcasts(ctx.db, [id]);
  if (!broadcast) throw notificationsError("broadcastNotFound");
  return broadcast;
}

/** Recipients of a broadcast, newest first. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function listTargets(ctx: Context, { id, state, before, limit }: TargetsInput): Promise<TargetsPage> {
  requireStaff(ctx.actor, "notifications:read");
  await createdAtOf(ctx, id);
  const rows = await ctx.db
    .select()
    .from(broadcastTargets)
    .where(
      and(
        eq(broadcastTargets.broadcastId, id),
        state ? eq(broadcastTargets.state, state) : undefined,
        before === undefined ? undefined : lt(broadcastTargets.id, before),
      ),
    )
    .orderBy(desc(broadcastTargets.id))
    .limit(limit + 1);
  const targets = rows.slice(0, limit).map(toTarget);
  return { targets, nextBefore: rows.length > limit ? (targets.at(-1)?.id ?? null) : null };
}
