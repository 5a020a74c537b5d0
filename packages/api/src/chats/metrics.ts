import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import type { Metric } from "../slice.ts";
import { countsOf } from "./counts.ts";
import { SESSION_STATUSES } from "./schema.ts";

export const chatsMetrics: readonly Metric[] = [
  {
    name: "pult_telegram_accounts",
    help: "Telegram accounts that are linked, or being linked",
    kind: "gauge",
    labels: ["status"],
    read: countAccounts,
  },
  {
    name: "pult_telegram_calls_total",
    help: "Calls of linked accounts to Telegram, by Telegram's method: ok, or why they failed",
    kind: "counter",
    labels: ["method", "outcome"],
    read: (ctx) => countsOf(ctx).calls.samples,
  },
  {
    name: "pult_telegram_call_seconds",
    help: "How long calls of linked accounts took",
    kind: "histogram",
    read: (ctx) => countsOf(ctx).callSeconds,
  },
  {
    name: "pult_telegram_updates_total",
    help: "Updates of linked accounts that were stored",
    kind: "counter",
    labels: ["kind"],
    read: (ctx) => countsOf(ctx).updates.samples,
  },
  {
    name: "pult_telegram_update_lag_seconds",
    help: "From Telegram's date of a new message, in whole seconds, to its commit",
    kind: "histogram",
    read: (ctx) => countsOf(ctx).updateLag,
  },
  {
    name: "pult_telegram_recoveries_total",
    help: "Times that something was missed and fetched, of an account or of a channel; or too much, and read anew",
    kind: "counter",
    labels: ["kind"],
    read: (ctx) => countsOf(ctx).recoveries.samples,
  },
  {
    name: "pult_telegram_flood_waits_total",
    help: "Calls of linked accounts that Telegram answered with a wait",
    kind: "counter",
    read: (ctx) => countsOf(ctx).floodWaits,
  },
  {
    name: "pult_telegram_flood_wait_seconds",
    help: "The longest wait of a linked account that has not passed",
    kind: "gauge",
    read: longestWait,
  },
  {
    name: "pult_telegram_sends_waiting",
    help: "Messages of linked accounts that Telegram does not have yet",
    kind: "gauge",
    read: countWaiting,
  },
  {
    name: "pult_telegram_cache_total",
    help: "Chats, pages of messages and lists of contacts that were read: stored (hit), or asked for (miss)",
    kind: "counter",
    labels: ["kind", "outcome"],
    read: (ctx) => countsOf(ctx).cache.samples,
  },
];

async function countAccounts({ db }: Context): Promise<Record<string, number>> {
  const rows = rowsOf<{ status: string; count: number }>(
    await db.execute(sql`select status, count(*)::int as count from telegram_sessions group by status`),
  );
  const counts = Object.fromEntries(SESSION_STATUSES.map((status) => [status, 0]));
  for (const { status, count } of rows) counts[status] = count;
  return counts;
}

async function longestWait({ db, now }: Context): Promise<number> {
  const [row] = rowsOf<{ seconds: number | null }>(
    await db.execute(sql`
      select extract(epoch from max(flood_until) - ${now().toISOString()}::timestamptz)::float8 as seconds
      from telegram_sessions where status = 'AUTHORIZED'`),
  );
  return Math.max(0, Number(row?.seconds ?? 0));
}

async function countWaiting({ db }: Context): Promise<number> {
  const [row] = rowsOf<{ count: number }>(
    await db.execute(sql`
      select count(*)::int as count from telegram_sends where state in ('queued', 'sending')`),
  );
  return row?.count ?? 0;
}
