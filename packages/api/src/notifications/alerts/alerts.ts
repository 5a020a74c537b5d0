import type { Transaction } from "@pult/db/database.ts";
import { alertWatchers, liveAlerts } from "@pult/db/schema/notifications.ts";
import { and, desc, eq, gt, isNotNull, isNull, lt, lte } from "drizzle-orm";
import { isStaff, nameOfStaff, requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { malformed } from "../../errors.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { appendToLogs, type NewEntry, publishAppended } from "../../realtime/log.ts";
import type { LogView } from "../../realtime/view.ts";
import { countConnected, reachCounterOf } from "../analytics/reach.ts";
import { notificationsError } from "../errors.ts";
import { alertsTopic } from "../events.ts";
import { readerOf } from "../readers/reader-board.ts";
import type {
  AlertEvent,
  AlertsInput,
  AlertsPage,
  LiveAlert,
  PublishAlertInput,
  SettleAlertInput,
  StaffAlert,
} from "../schema.ts";
import { storeToasts } from "../toasts/toasts.ts";
import { tellOfAlert } from "./tell.ts";

type AlertRow = typeof liveAlerts.$inferSelect;

/** Tells everyone who is connected. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `VALIDATION` for one that has expired */
export async function publishAlert(ctx: Context, input: PublishAlertInput): Promise<{ id: string }> {
  const staff = requireStaff(ctx.actor, "notifications:write");
  const now = ctx.now();
  const expiresAt = new Date(input.expiresAt);
  if (expiresAt <= now) throw notificationsError("alertExpired");
  const { id, appended, owes } = await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .insert(liveAlerts)
      .values({ ...input, expiresAt, publishedAt: now, publishedBy: nameOfStaff(staff).name })
      .returning();
    if (!row) throw new Error("The alert was not stored");
    await countConnected(tx, row.id);
    const alert = toLiveAlert(row);
    const { entries, owes } = await tellOfAlert(tx, now, alert);
    const published = { topic: alertsTopic.name("all"), payload: { type: "published", alert } satisfies AlertEvent };
    return { id: alert.id, owes, appended: await appendToLogs(tx, [...entries, published]) };
  });
  publishAppended(ctx.bus, appended);
  if (owes) publishDue(ctx.bus);
  return { id };
}

/**
 * Notes what an alert came to, once; a repeat with the same profit changes nothing.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` for another profit
 */
export async function settleAlert(ctx: Context, { id, profit }: SettleAlertInput): Promise<StaffAlert> {
  requireStaff(ctx.actor, "notifications:write");
  const { alert, appended } = await ctx.db.transaction(async (tx) => {
    const which = eq(liveAlerts.id, Number(id));
    const [row] = await tx.select().from(liveAlerts).where(which).for("update");
    if (!row) throw notificationsError("alertNotFound");
    if (row.profit !== null) {
      if (Number(row.profit) !== Number(profit)) throw notificationsError("alertSettled");
      return { alert: toStaffAlert(row), appended: null };
    }
    const settled = toStaffAlert({ ...row, profit, settledAt: ctx.now() });
    await tx.update(liveAlerts).set({ profit, settledAt: ctx.now() }).where(which);
    const told = await toastWatchers(tx, settled, ctx.now());
    return { alert: settled, appended: await append(tx, { type: "settled", alert: settled }, told) };
  });
  if (appended) publishAppended(ctx.bus, appended);
  return alert;
}

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listAlerts(ctx: Context, input: AlertsInput): Promise<AlertsPage> {
  requireStaff(ctx.actor, "notifications:read");
  return selectAlerts(ctx, input);
}

async function selectAlerts({ db, now }: Context, { state, before, limit }: AlertsInput): Promise<AlertsPage> {
  const rows = await db
    .select()
    .from(liveAlerts)
    .where(
      and(
        before === undefined ? undefined : lt(liveAlerts.id, Number(before)),
        state === "settled" ? isNotNull(liveAlerts.settledAt) : undefined,
        state === "open" ? and(isNull(liveAlerts.settledAt), gt(liveAlerts.expiresAt, now())) : undefined,
        state === "expired" ? and(isNull(liveAlerts.settledAt), lte(liveAlerts.expiresAt, now())) : undefined,
      ),
    )
    .orderBy(desc(liveAlerts.id))
    .limit(limit + 1);
  const alerts = rows.slice(0, limit).map(toStaffAlert);
  return { alerts, nextBefore: rows.length > limit ? (alerts.at(-1)?.id ?? null) : null };
}

const OTHER: AlertEvent = { type: "other" };
const SNAPSHOT_SIZE = 50;

/** Alerts as they come. Customers hear what opens and closes: results are for staff. */
export function followAlerts(ctx: Context): LogView<AlertEvent, { alerts: LiveAlert[] }> {
  const isForStaff = isStaff(ctx.actor, "notifications:read");
  return {
    kind: "log",
    topic: alertsTopic.name("all"),
    viewer: isForStaff ? "staff" : "customer",
    mayRead: (actor) => alertsTopic.mayRead(actor, "all") && isStaff(actor, "notifications:read") === isForStaff,
    present(payload) {
      const event = payload as AlertEvent;
      if (event.type === "published") return new Date(event.alert.expiresAt) > ctx.now() ? event : OTHER;
      return isForStaff || event.type !== "settled" ? event : { type: "closed", id: event.alert.id };
    },
    shownUntil(payload) {
      const event = payload as AlertEvent;
      return event.type === "published" ? Date.parse(event.alert.expiresAt) : null;
    },
    snapshot: () => listOpenAlerts(ctx),
    ...(isForStaff ? {} : countedFor(ctx)),
  };
}

/** What counts whom an alert reaches. */
const countedFor = (ctx: Context): Pick<LogView<AlertEvent, never>, "reader" | "delivered"> => ({
  reader: readerOf(ctx.actor),
  delivered(payload, readers) {
    const event = payload as AlertEvent;
    if (event.type === "published") reachCounterOf(ctx).note(event.alert.id, "received", readers);
  },
});

/** The newest open alerts, as everyone sees them. */
export async function listOpenAlerts(ctx: Context): Promise<{ alerts: LiveAlert[] }> {
  const { alerts } = await selectAlerts(ctx, { state: "open", limit: SNAPSHOT_SIZE });
  return { alerts: alerts.map(({ stake: _, publishedBy: __, profit: ___, settledAt: ____, ...alert }) => alert) };
}

const append = (tx: Transaction, event: AlertEvent, more: readonly NewEntry[] = []) =>
  appendToLogs(tx, [{ topic: alertsTopic.name("all"), payload: event }, ...more]);

/**
 * The customer is told what an alert comes to, once it is settled.
 * @throws DomainError `NOT_FOUND` for one that has closed, `VALIDATION` for staff
 */
export async function watchAlert(ctx: Context, { id }: { id: string }): Promise<void> {
  const reader = readerOf(ctx.actor);
  if (reader === null) throw malformed("Only customers are told results; staff follow onLiveAlert");
  const alertId = Number(id);
  await ctx.db.transaction(async (tx) => {
    // Locked, so that a result that is being entered is told as well.
    const open = and(eq(liveAlerts.id, alertId), isNull(liveAlerts.settledAt));
    const [row] = await tx.select({ id: liveAlerts.id }).from(liveAlerts).where(open).for("share");
    if (!row) throw notificationsError("alertNotFound");
    await tx.insert(alertWatchers).values({ alertId, reader }).onConflictDoNothing();
  });
}

/** Those who asked what the alert comes to are told, and asked no more. */
async function toastWatchers(tx: Transaction, { id, name, profit }: StaffAlert, now: Date): Promise<NewEntry[]> {
  const watchers = await tx
    .delete(alertWatchers)
    .where(eq(alertWatchers.alertId, Number(id)))
    .returning();
  const title = `${name}: ${Number(profit) > 0 ? "+" : ""}${profit}`;
  const toasts = watchers.map(({ reader }) => ({ reader, level: "info" as const, title }));
  return storeToasts(tx, { toasts, now });
}

function toLiveAlert({ id, type, name, marketId, confidence, ev, sport, expiresAt, publishedAt }: AlertRow): LiveAlert {
  const instants = { expiresAt: expiresAt.toISOString(), publishedAt: publishedAt.toISOString() };
  return { id: String(id), type, name, marketId, confidence, ev, sport, ...instants };
}

function toStaffAlert(row: AlertRow): StaffAlert {
  const { stake, publishedBy, profit, settledAt } = row;
  return { ...toLiveAlert(row), stake, publishedBy, profit, settledAt: settledAt?.toISOString() ?? null };
}
