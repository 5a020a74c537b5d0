import type { Transaction } from "@pult/db/database.ts";
import { liveAlerts } from "@pult/db/schema/notifications.ts";
import { and, desc, eq, gt, isNotNull, isNull, lt, lte } from "drizzle-orm";
import { isStaff, nameOfStaff, requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import type { LogView } from "../../realtime/view.ts";
import { notificationsError } from "../errors.ts";
import { alertsTopic } from "../events.ts";
import type {
  AlertEvent,
  AlertsInput,
  AlertsPage,
  LiveAlert,
  PublishAlertInput,
  SettleAlertInput,
  StaffAlert,
} from "../schema.ts";

type AlertRow = typeof liveAlerts.$inferSelect;

/** Tells everyone who is connected. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `VALIDATION` for one that has expired */
export async function publishAlert(ctx: Context, input: PublishAlertInput): Promise<{ id: string }> {
  const staff = requireStaff(ctx.actor, "notifications:write");
  const now = ctx.now();
  const expiresAt = new Date(input.expiresAt);
  if (expiresAt <= now) throw notificationsError("alertExpired");
  const { id, appended } = await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .insert(liveAlerts)
      .values({ ...input, expiresAt, publishedAt: now, publishedBy: nameOfStaff(staff).name })
      .returning();
    if (!row) throw new Error("The alert was not stored");
    return { id: String(row.id), appended: await append(tx, { type: "published", alert: toLiveAlert(row) }) };
  });
  publishAppended(ctx.bus, appended);
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
    return { alert: settled, appended: await append(tx, { type: "settled", alert: settled }) };
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

/** Alerts as they come. Customers are shown the open ones alone: results are for staff. */
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
      return isForStaff ? event : OTHER;
    },
    snapshot: async () => ({ alerts: await openAlerts(ctx) }),
  };
}

async function openAlerts(ctx: Context): Promise<LiveAlert[]> {
  const { alerts } = await selectAlerts(ctx, { state: "open", limit: SNAPSHOT_SIZE });
  return alerts.map(({ stake: _, publishedBy: __, profit: ___, settledAt: ____, ...alert }) => alert);
}

const append = (tx: Transaction, event: AlertEvent) =>
  appendToLogs(tx, [{ topic: alertsTopic.name("all"), payload: event }]);

function toLiveAlert({ id, type, name, marketId, confidence, ev, sport, expiresAt, publishedAt }: AlertRow): LiveAlert {
  const instants = { expiresAt: expiresAt.toISOString(), publishedAt: publishedAt.toISOString() };
  return { id: String(id), type, name, marketId, confidence, ev, sport, ...instants };
}

function toStaffAlert(row: AlertRow): StaffAlert {
  const { stake, publishedBy, profit, settledAt } = row;
  return { ...toLiveAlert(row), stake, publishedBy, profit, settledAt: settledAt?.toISOString() ?? null };
}
