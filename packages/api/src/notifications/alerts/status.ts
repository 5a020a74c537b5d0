import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context, Deps } from "../../context.ts";
import { pause } from "../../pause.ts";
import { perProcess } from "../../per-process.ts";
import type { LatestView } from "../../realtime/view.ts";
import { countSentMessages, foldSentMessages } from "../../telegram/sent-messages.ts";
import { botLease } from "../../telegram/telegram.ts";
import type { WorkerSpec } from "../../workers.ts";
import { sampleStatus } from "../analytics/analytics.ts";
import { statusTopic } from "../events.ts";
import type { BotStatus } from "../schema.ts";

/** How often the number of sent messages is written down. */
const FOLD_MS = 60_000;

/** When this process started. */
const startedAt = perProcess(
  ({ now }: Pick<Deps, "bus" | "now">) => new Date(now().getTime() - Math.floor(process.uptime() * 1000)),
);

/** The bot's figures now, from the tables and from this node's memory. */
export async function readStatus(ctx: Deps): Promise<BotStatus> {
  const { db, now, telegram, presence } = ctx;
  const began = startedAt(ctx);
  const midnight = new Date(now()).setUTCHours(0, 0, 0, 0);
  const [row] = rowsOf<{
    alerts: number | string;
    trades: number | string;
    profit: string | null;
    last: string | null;
  }>(
    await db.execute(sql`
      select (select count(*) from live_alerts where published_at >= ${new Date(midnight).toISOString()}::timestamptz) as alerts,
        count(*) as trades, sum(profit) as profit, extract(epoch from max(settled_at)) * 1000 as last
      from live_alerts where settled_at >= ${began.toISOString()}::timestamptz`),
  );
  return {
    running: telegram?.health.running ?? false,
    uptime: Math.floor((now().getTime() - began.getTime()) / 1000),
    activeUsers: presence.online,
    messagesProcessed: await countSentMessages(db),
    alertsSent: Number(row?.alerts ?? 0),
    sessionPnL: Number(row?.profit ?? 0),
    sessionTrades: Number(row?.trades ?? 0),
    lastTrade: row?.last ? Math.round(Number(row.last)) : null,
  };
}

/** What this node published last and when, for readers who join. */
const publishedBy = perProcess(
  (): { newest: BotStatus | null; at: number /** Last written down. */; minute: number } => ({
    newest: null,
    at: 0,
    minute: 0,
  }),
);
/** Intervals after which it is too old to be shown: another node publishes now. */
const FRESH_INTERVALS = 3;

/** The figures, again in every interval. */
export const followStatus = (ctx: Deps): LatestView<BotStatus> => ({
  kind: "latest",
  topic: statusTopic.name("all"),
  reader: null,
  newest() {
    const { newest, at } = publishedBy(ctx);
    return Date.now() - at <= FRESH_INTERVALS * ctx.config.statusIntervalMs ? newest : null;
  },
  mayRead: (actor) => statusTopic.mayRead(actor, "all"),
});

/** Publishes the figures from the node that speaks to Telegram, and so knows whether it answers. */
export const statusWorker: WorkerSpec = {
  name: "notifications.status",
  lease: ({ telegram }) => (telegram ? botLease(telegram.botId) : "notifications"),
  async run(ctx, signal) {
    let foldedAt = 0;
    for (let dueAt = Date.now(); !signal.aborted; ) {
      await publishStatus(ctx);
      if (Date.now() - foldedAt >= FOLD_MS) {
        foldedAt = Date.now();
        await foldSentMessages(ctx.db, ctx.now()).catch((error) => ctx.log.warn({ err: error }, "Failed to count"));
      }
      // Every interval, however long the figures took; those that were missed are left out.
      dueAt = Math.max(dueAt + ctx.config.statusIntervalMs, Date.now() + ctx.config.statusIntervalMs / 4);
      await pause(dueAt - Date.now(), signal);
    }
  },
};

async function publishStatus(ctx: Context): Promise<void> {
  try {
    const status = await readStatus(ctx);
    Object.assign(publishedBy(ctx), { newest: status, at: Date.now() });
    ctx.bus.publishLatest(statusTopic.name("all"), status);
    const minute = Math.floor(ctx.now().getTime() / 60_000);
    if (minute === publishedBy(ctx).minute) return;
    const { running, activeUsers, messagesProcessed, alertsSent, sessionPnL } = status;
    const figures = { running, connected: activeUsers, messages: messagesProcessed };
    await sampleStatus(ctx, { ...figures, alerts: alertsSent, profit: sessionPnL });
    publishedBy(ctx).minute = minute;
  } catch (error) {
    ctx.log.warn({ err: error }, "Failed to read the status");
  }
}
