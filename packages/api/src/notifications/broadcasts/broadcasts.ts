import { createHash } from "node:crypto";
import type { Transaction } from "@pult/db/database.ts";
import { broadcasts, broadcastTargets } from "@pult/db/schema/notifications.ts";
import { and, desc, eq, isNull, lt, or } from "drizzle-orm";
import { type Actor, identityOf } from "../../actor.ts";
import { recordAudit } from "../../auth/audit.ts";
import { holdsPermission, nameOfStaff, requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { enqueue, publishDue } from "../../outbox/outbox.ts";
import { selectRole } from "../../people/roles.ts";
import { type Appended, appendToLogs, publishAppended } from "../../realtime/log.ts";
import type { LogView } from "../../realtime/view.ts";
import { readSetting } from "../../settings.ts";
import { storableText } from "../../storable.ts";
import { botLease, type Telegram } from "../../telegram/telegram.ts";
import { notificationsError } from "../errors.ts";
import { broadcastsTopic } from "../events.ts";
import type {
  Broadcast,
  BroadcastEvent,
  BroadcastInput,
  BroadcastsInput,
  BroadcastTarget,
  PinInput,
} from "../schema.ts";
import { migratedSetting } from "./delivery.ts";
import { announce, itemFor, selectBroadcasts, withoutItem } from "./rows.ts";

interface NewBroadcast {
  kind: Broadcast["kind"];
  text: string;
  threadIds: readonly number[] | undefined;
  pin: boolean;
  unpinPrevious: boolean;
  messageId: number | null;
  startsAt: Date | null;
  clientId: string | null;
}

/**
 * Sends a text into topics of the live group, and pins it there; acknowledged means that it stands in the outbox.
 * @param isAwaited the caller waits for the outcome: what takes long fails then
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `UNAVAILABLE` without a bot or a group, `CONFLICT` for a client id that was used
 */
export function sendBroadcast(ctx: Context, input: BroadcastInput, { isAwaited = false } = {}): Promise<Broadcast> {
  const { text, threadIds, pin, unpinPrevious, startsAt, clientId = null } = input;
  return start(
    ctx,
    {
      kind: "broadcast",
      text: storableText(text),
      threadIds,
      pin,
      unpinPrevious,
      messageId: null,
      startsAt: startsAt === undefined ? null : new Date(startsAt),
      clientId,
    },
    isAwaited,
  );
}

/** Pins a message of the live group. @throws DomainError as `sendBroadcast` */
export function pinMessage(ctx: Context, input: PinInput, { isAwaited = false } = {}): Promise<Broadcast> {
  const { messageId, threadId, clientId = null } = input;
  const threadIds = threadId === undefined ? undefined : [threadId];
  const rest = { text: "", pin: true, unpinPrevious: false, startsAt: null };
  return start(ctx, { kind: "pin", threadIds, messageId, clientId, ...rest }, isAwaited);
}

async function start(ctx: Context, wanted: NewBroadcast, isAwaited: boolean): Promise<Broadcast> {
  const createdBy = await requireBroadcaster(ctx);
  const actorKey = actorKeyOf(ctx.actor);
  const { telegram, chatId, threadId } = await liveChatOf(ctx);
  const now = ctx.now();
  const { kind, text, pin, unpinPrevious, messageId, clientId } = wanted;
  const threadIds = wanted.threadIds ? [...new Set(wanted.threadIds)] : [threadId];
  const contentHash = createHash("sha256").update(JSON.stringify(wanted)).digest("hex");
  const startsAt = wanted.startsAt && wanted.startsAt > now ? wanted.startsAt : now;
  const { broadcast, appended } = await ctx.db.transaction(async (tx) => {
    const row = { actorKey, clientId, contentHash, kind, text, createdBy, createdAt: now, startsAt, unpinPrevious };
    const [created] = await tx.insert(broadcasts).values(row).onConflictDoNothing().returning({ id: broadcasts.id });
    if (!created) return { broadcast: await repeated(tx, { actorKey, clientId, contentHash }), appended: null };
    const { id: broadcastId } = created;
    const targets = await tx
      .insert(broadcastTargets)
      .values(threadIds.map((thread) => ({ broadcastId, chatId, threadId: thread, pin, telegramMessageId: messageId })))
      .returning();
    const isLater = startsAt > now;
    const rules = {
      lease: botLease(telegram.botId),
      dueAt: startsAt,
      priority: targets.length > 1 || isLater ? ("bulk" as const) : ("normal" as const),
      type: kind === "pin" ? ("pin" as const) : ("send" as const),
      isAwaited,
      // What is scheduled must not hold up what is sent meanwhile.
      ...(isLater ? { queue: `broadcast:${broadcastId}` } : {}),
    };
    await enqueue(
      tx,
      targets.map((target) => itemFor(target, rules)),
    );
    await recordAudit(tx, ctx, {
      action: kind === "pin" ? "bot.messagePinned" : "bot.broadcastSent",
      target: { kind: "broadcast", id: broadcastId },
      details: { targets: targets.length },
    });
    return withAnnouncement(tx, broadcastId);
  });
  publish(ctx, appended);
  return broadcast;
}

/** Whose client ids they are; names change, and several may have one. */
const actorKeyOf = (actor: Actor): string =>
  actor.kind === "apiKey" ? `key:${actor.keyId}` : (identityOf(actor) ?? actor.kind);

async function repeated(
  tx: Transaction,
  { actorKey, clientId, contentHash }: { actorKey: string; clientId: string | null; contentHash: string },
): Promise<Broadcast> {
  const [known] = await tx
    .select({ id: broadcasts.id, contentHash: broadcasts.contentHash })
    .from(broadcasts)
    .where(and(eq(broadcasts.actorKey, actorKey), eq(broadcasts.clientId, clientId ?? "")));
  if (known?.contentHash !== contentHash) throw notificationsError("clientIdReused");
  return theOne(await selectBroadcasts(tx, [known.id]));
}

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
  present: (payload) => payload as BroadcastEvent,
  snapshot: () => listBroadcasts(ctx, { limit: SNAPSHOT_SIZE }),
});

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function getBroadcast(ctx: Context, { id }: { id: string }): Promise<Broadcast> {
  requireStaff(ctx.actor, "notifications:read");
  return theOne(await selectBroadcasts(ctx.db, [id]));
}

/**
 * Pauses a broadcast, goes on with it, or gives up what was not sent yet. What is under way is finished.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` for one that has ended
 */
export async function setBroadcastState(
  ctx: Context,
  { id, state }: { id: string; state: Broadcast["state"] },
): Promise<Broadcast> {
  await requireBroadcaster(ctx);
  const { telegram } = await liveChatOf(ctx);
  const { broadcast, appended } = await ctx.db.transaction(async (tx) => {
    const [row] = await tx.select().from(broadcasts).where(eq(broadcasts.id, id)).for("update");
    if (!row) throw notificationsError("broadcastNotFound");
    const open = and(eq(broadcastTargets.broadcastId, id), isNull(broadcastTargets.finishedAt));
    const targets = await tx.select().from(broadcastTargets).where(open);
    if (row.state === state) return { broadcast: theOne(await selectBroadcasts(tx, [id])), appended: null };
    if (row.state === "cancelled" || targets.length === 0) throw notificationsError("broadcastEnded");
    await tx.update(broadcasts).set({ state }).where(eq(broadcasts.id, id));
    if (state === "cancelled")
      await tx
        .update(broadcastTargets)
        .set({ state: "cancelled", finishedAt: ctx.now() })
        .where(and(open, eq(broadcastTargets.state, "pending")));
    if (state === "active") {
      const rules = {
        lease: botLease(telegram.botId),
        dueAt: maxDate(row.startsAt, ctx.now()),
        priority: "bulk" as const,
      };
      const type = row.kind === "pin" ? ("pin" as const) : ("send" as const);
      const owed = await withoutItem(
        tx,
        targets.filter((one) => one.state === "pending"),
      );
      await enqueue(
        tx,
        owed.map((target) => itemFor(target, { ...rules, type, isAwaited: false })),
      );
    }
    return withAnnouncement(tx, id);
  });
  publish(ctx, appended);
  return broadcast;
}

const maxDate = (a: Date, b: Date): Date => (a > b ? a : b);

async function withAnnouncement(tx: Transaction, id: string): Promise<{ broadcast: Broadcast; appended: Appended }> {
  const entries = await announce(tx, id);
  const broadcast = theOne(await selectBroadcasts(tx, [id]));
  return { broadcast, appended: await appendToLogs(tx, entries) };
}

function publish({ bus }: Context, appended: Appended | null): void {
  if (!appended) return;
  publishAppended(bus, appended);
  publishDue(bus);
}

function theOne([broadcast]: readonly Broadcast[]): Broadcast {
  if (!broadcast) throw notificationsError("broadcastNotFound");
  return broadcast;
}

/**
 * Admins, keys with the scope, and users of the Mini App who have shown who they are and hold the permission `all`.
 * @returns the name that records carry
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`
 */
async function requireBroadcaster(ctx: Context): Promise<string> {
  const { actor, db } = ctx;
  if (actor.kind === "customer") {
    const role = actor.proof && actor.namespace === "telegram" ? await selectRole(db, actor) : null;
    if (!role || !holdsPermission(role.rights.permissions, "all")) throw notificationsError("adminsOnly");
    return actor.name ?? actor.externalId;
  }
  const staff = requireStaff(actor, "notifications:write");
  if (staff.kind === "agent" && !holdsPermission(staff.permissions, "all")) throw notificationsError("adminsOnly");
  return nameOfStaff(staff).name;
}

async function liveChatOf({ db, telegram, config }: Context): Promise<{
  telegram: Telegram;
  chatId: number;
  threadId: number | null;
}> {
  if (!telegram) throw notificationsError("noBot");
  if (!config.liveChat) throw notificationsError("noLiveChat");
  const { chatId, threadId } = config.liveChat;
  return { telegram, threadId, chatId: (await readSetting<number>(db, migratedSetting(chatId))) ?? chatId };
}

/** How soon the database is asked for an outcome that was not heard of. */
const ASK_MS = 2_000;

/** The first target of a broadcast once there is nothing left to do; null when there still is after `timeoutMs`. */
export async function outcomeOf(ctx: Context, { id }: Broadcast, timeoutMs: number): Promise<BroadcastTarget | null> {
  const { promise, resolve } = Promise.withResolvers<BroadcastTarget | null>();
  const look = ({ targets: [target] }: Pick<Broadcast, "targets">) => {
    if (target?.finishedAt) resolve(target);
  };
  const ask = async () => {
    const [broadcast] = await selectBroadcasts(ctx.db, [id]);
    if (broadcast) look(broadcast);
    return broadcast?.targets[0] ?? null;
  };
  const stop = ctx.bus.subscribeLog(broadcastsTopic.name("all"), ({ payload }) => {
    const event = payload as BroadcastEvent | null;
    if (event?.broadcast.id === id) look(event.broadcast);
  });
  const failed = (error: unknown) => ctx.log.warn({ err: error }, "Failed to read a broadcast");
  const asking = setInterval(() => void ask().catch(failed), ASK_MS);
  const timer = setTimeout(
    () =>
      void ask().then(
        () => resolve(null),
        () => resolve(null),
      ),
    timeoutMs,
  );
  void ask().catch(failed);
  try {
    return await promise;
  } finally {
    stop();
    clearInterval(asking);
    clearTimeout(timer);
  }
}
