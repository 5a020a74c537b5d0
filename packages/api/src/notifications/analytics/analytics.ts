import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { alertNotice } from "../notices.ts";
import { type AlertReach, type Analytics, type AnalyticsInput, MAX_ALERTS, type StatusSample } from "./schema.ts";

type Counts<Name extends string> = Record<Name, number | string>;

const numbersOf = <Name extends string>(row: Counts<Name> | undefined, names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, Number(row?.[name] ?? 0)])) as Record<Name, number>;

/** What was told from one instant to another, and whom it reached. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function readAnalytics(ctx: Context, input: AnalyticsInput): Promise<Analytics> {
  requireStaff(ctx.actor, "notifications:read");
  const [from, to] = [new Date(input.from).toISOString(), new Date(input.to).toISOString()];
  const within = (column: string) =>
    sql`${sql.raw(column)} >= ${from}::timestamptz and ${sql.raw(column)} < ${to}::timestamptz`;
  const one = async <Name extends string>(names: readonly Name[], statement: ReturnType<typeof sql>) =>
    numbersOf(rowsOf<Counts<Name>>(await ctx.db.execute(statement))[0], names);
  return {
    alerts: await readAlerts(ctx, within("a.published_at")),
    alertTotals: await one(
      ["published", "connected", "received", "receivedLater", "opened"],
      sql`select count(*) as published, sum(r.connected) as connected, sum(r.received) as received,
            sum(r.received_later) as "receivedLater", sum(r.opened) as opened
          from live_alerts a left join alert_reach r on r.alert_id = a.id where ${within("a.published_at")}`,
    ),
    broadcasts: await one(
      ["count", "sent", "failed", "waiting", "cancelled"],
      sql`select count(distinct b.id) as count, count(*) filter (where t.state in ('sent', 'pinned')) as sent,
            count(*) filter (where t.state in ('failed', 'unknown')) as failed, count(*) filter (where t.state = 'pending') as waiting,
            count(*) filter (where t.state in ('cancelled', 'skipped')) as cancelled
          from broadcasts b join broadcast_targets t on t.broadcast_id = b.id where ${within("b.created_at")}`,
    ),
    pushes: await one(
      ["sent", "failed", "waiting", "skipped"],
      sql`select count(*) filter (where state = 'done') as sent, count(*) filter (where state in ('failed', 'unknown', 'parked')) as failed,
            count(*) filter (where state = 'pending') as waiting, count(*) filter (where state = 'skipped') as skipped
          from outbox where route in ('push', 'bot') and payload->>'notice' = ${alertNotice.name} and ${within("created_at")}`,
    ),
    toasts: (await one(["count"], sql`select count(*) as count from toasts where ${within("created_at")}`)).count,
  };
}

async function readAlerts({ db }: Context, isWithin: ReturnType<typeof sql>): Promise<AlertReach[]> {
  const rows = rowsOf<Omit<AlertReach, "publishedAt"> & { publishedAt: string | Date }>(
    await db.execute(sql`
      select a.id::text as id, a.name, a.published_at as "publishedAt", coalesce(r.connected, 0) as connected,
        coalesce(r.received, 0) as received, coalesce(r.received_later, 0) as "receivedLater", coalesce(r.opened, 0) as opened
      from live_alerts a left join alert_reach r on r.alert_id = a.id where ${isWithin} order by a.id desc limit ${MAX_ALERTS}`),
  );
  return rows.map((row) => ({ ...row, publishedAt: new Date(row.publishedAt).toISOString() }));
}

/** How long the figures of each minute are kept. */
const SAMPLE_HOURS = 24;

/** Writes down the figures of this minute, once however often it is asked. */
export async function sampleStatus(
  { db, now }: Pick<Context, "db" | "now">,
  status: Omit<StatusSample, "at" | "deliveryMs">,
): Promise<void> {
  const at = new Date(Math.floor(now().getTime() / 60_000) * 60_000).toISOString();
  const { running, connected, messages, alerts, profit } = status;
  await db.execute(sql`
    insert into status_samples (at, running, connected, messages, alerts, profit, delivery_ms)
    select ${at}::timestamptz, ${running}, ${connected}::int, ${messages}::bigint, ${alerts}::int, ${profit}::float8, (
      select round(percentile_cont(0.95) within group (
        order by greatest(0, extract(epoch from finished_at - greatest(created_at, due_at)) * 1000)))::int
      from outbox where state = 'done' and route in ('telegram', 'group', 'instagram') and finished_at > now() - interval '10 minutes')
    on conflict (at) do nothing`);
  await db.execute(
    sql`delete from status_samples where at < ${at}::timestamptz - make_interval(hours => ${SAMPLE_HOURS})`,
  );
}

/** The figures of each minute of the last hour, oldest first. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function readStatusHistory(ctx: Context): Promise<{ samples: StatusSample[] }> {
  requireStaff(ctx.actor, "notifications:read");
  const since = new Date(ctx.now().getTime() - 3_600_000).toISOString();
  const rows = rowsOf<Omit<StatusSample, "at"> & { at: string | Date }>(
    await ctx.db.execute(sql`
      select at, running, connected, messages, alerts, profit, delivery_ms as "deliveryMs" from status_samples
      where at > ${since}::timestamptz order by at`),
  );
  const samples = rows.map((row) => ({ ...row, messages: Number(row.messages), at: new Date(row.at).toISOString() }));
  return { samples };
}
