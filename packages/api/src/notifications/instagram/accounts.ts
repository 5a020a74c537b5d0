import type { Transaction } from "@pult/db/database.ts";
import { rowsOf, textsIn } from "@pult/db/rows.ts";
import { instagramAccounts } from "@pult/db/schema/notifications.ts";
import { asc, eq, sql } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { readConnection } from "../../instagram/connection.ts";
import { announceHealth, type HealthChange, publishHealth } from "../../instagram/health.ts";
import { notificationsError } from "../errors.ts";
import type { InstagramAccount, SetAccountInput } from "../schema.ts";

const HOUR_MS = 60 * 60_000;

type AccountRow = typeof instagramAccounts.$inferSelect;
type Totals = Record<string, number>;

/** Accounts by id, with a row each, locked until the transaction ends. */
export async function lockAccounts(
  tx: Transaction,
  ids: readonly string[],
  now: Date,
): Promise<Map<string, AccountRow>> {
  const wanted = [...new Set(ids)].sort();
  if (wanted.length === 0) return new Map();
  await tx
    .insert(instagramAccounts)
    .values(wanted.map((id) => ({ id, createdAt: now })))
    .onConflictDoNothing();
  const rows = await tx
    .select()
    .from(instagramAccounts)
    .where(sql`${instagramAccounts.id} in ${textsIn(wanted)}`)
    .orderBy(asc(instagramAccounts.id))
    .for("update");
  return new Map(rows.map((row) => [row.id, row]));
}

/** Counts events that were stored for locked accounts. @returns what that says of their health */
export async function countEvents(
  tx: Transaction,
  {
    accounts,
    stored,
    now,
  }: { accounts: ReadonlyMap<string, AccountRow>; stored: readonly { accountId: string; kind: string }[]; now: Date },
): Promise<HealthChange[]> {
  const changes: HealthChange[] = [];
  for (const [accountId, events] of Map.groupBy(stored, (one) => one.accountId)) {
    const account = accounts.get(accountId);
    if (!account) continue;
    const totals: Totals = { ...(account.totals as Totals) };
    for (const { kind } of events) totals[kind] = (totals[kind] ?? 0) + 1;
    await tx
      .update(instagramAccounts)
      .set({ totals, lastEventAt: now, silentSince: null })
      .where(eq(instagramAccounts.id, accountId));
    if (account.silentSince) changes.push({ type: "heard", accountId });
  }
  return changes;
}

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listAccounts(ctx: Context): Promise<{ accounts: InstagramAccount[] }> {
  requireStaff(ctx.actor, "notifications:read");
  const rows = await ctx.db.select().from(instagramAccounts).orderBy(asc(instagramAccounts.id));
  return { accounts: await presentAccounts(ctx, rows) };
}

async function presentAccounts(ctx: Context, rows: readonly AccountRow[]): Promise<InstagramAccount[]> {
  const [connection, days] = await Promise.all([readConnection(ctx.db, ctx.instagram), countDay(ctx)]);
  return rows.map(({ id, username, enabled, silenceAlarmHours, silentSince, lastEventAt, totals }) => {
    const isConnected = connection?.accountId === id;
    const counters = Object.entries(totals as Totals).map(
      ([kind, total]) => [kind, { day: days.get(JSON.stringify([id, kind])) ?? 0, total }] as const,
    );
    return {
      id,
      username,
      isConnected,
      tokenExpiresAt: isConnected ? (connection.expiresAt?.toISOString() ?? null) : null,
      enabled,
      silenceAlarmHours,
      silentSince: silentSince?.toISOString() ?? null,
      lastEventAt: lastEventAt?.toISOString() ?? null,
      counters: Object.fromEntries(counters),
    };
  });
}

/** Events of the last 24 h, by account and kind. */
async function countDay({ db, now }: Context): Promise<Map<string, number>> {
  const since = new Date(now().getTime() - 24 * HOUR_MS).toISOString();
  const rows = rowsOf<{ id: string; kind: string; count: number | string }>(
    await db.execute(sql`
      select account_id as id, kind, count(*) as count from instagram_events
      where received_at >= ${since}::timestamptz group by account_id, kind`),
  );
  return new Map(rows.map(({ id, kind, count }) => [JSON.stringify([id, kind]), Number(count)]));
}

/**
 * Turns an account's events on or off, and sets when its silence is an alarm.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`
 */
export async function setAccount(ctx: Context, input: SetAccountInput): Promise<{ account: InstagramAccount }> {
  requireStaff(ctx.actor, "notifications:write");
  const { accountId, enabled, silenceAlarmHours } = input;
  const change = {
    ...(enabled === undefined ? {} : { enabled }),
    ...(silenceAlarmHours === undefined ? {} : { silenceAlarmHours }),
    // Another alarm, or none, begins anew, and no one expects an account that is off to be heard.
    ...(silenceAlarmHours === undefined && enabled !== false ? {} : { silentSince: null }),
  };
  const { rows, announced } = await ctx.db.transaction(async (tx) => {
    const mine = eq(instagramAccounts.id, accountId);
    const [before] = await tx.select().from(instagramAccounts).where(mine).for("update");
    if (!before || Object.keys(change).length === 0) return { rows: before ? [before] : [], announced: null };
    const rows = await tx.update(instagramAccounts).set(change).where(mine).returning();
    const isSettled = before.silentSince !== null && rows[0]?.silentSince === null;
    return { rows, announced: isSettled ? await announceHealth(tx, ctx.now(), [{ type: "heard", accountId }]) : null };
  });
  if (announced) publishHealth(ctx.bus, announced);
  const [account] = await presentAccounts(ctx, rows);
  if (!account) throw notificationsError("accountNotFound");
  return { account };
}

/** Marks accounts that have been silent for longer than their alarm allows. @returns whether one has become so */
export async function checkSilence({ db, bus, now }: Pick<Context, "db" | "bus" | "now">): Promise<boolean> {
  const at = now();
  const announced = await db.transaction(async (tx) => {
    const rows = rowsOf<{ id: string; username: string | null; since: number; hours: number }>(
      await tx.execute(sql`
        update instagram_accounts set silent_since = ${at.toISOString()}::timestamptz
        where enabled and silence_alarm_hours is not null and silent_since is null
          and last_event_at < ${at.toISOString()}::timestamptz - silence_alarm_hours * interval '1 hour'
        returning id, username, (extract(epoch from last_event_at) * 1000)::float as since, silence_alarm_hours as hours`),
    );
    const silent = rows.map(({ id, username, since, hours }) => {
      const heardAt = new Date(since).toISOString();
      return { type: "silent" as const, accountId: id, username, since: heardAt, hours };
    });
    return rows.length === 0 ? null : announceHealth(tx, at, silent);
  });
  if (announced) publishHealth(bus, announced);
  return announced !== null;
}
