import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context, Deps } from "../../context.ts";
import { pause } from "../../pause.ts";
import { perProcess } from "../../per-process.ts";
import type { LatestView } from "../../realtime/view.ts";
import { countSentMessages, foldSentMessages } from "../../telegram/sent-messages.ts";
import { botLease } from "../../telegram/telegram.ts";
import type { WorkerSpec } from "../../workers.ts";
import { statusTopic } from "../events.ts";
import type { BotStatus } from "../schema.ts";

/** How often the number of sent messages is written down. */
const FOLD_MS = 60_000;

/** When this process began to count. */
const startedAt = perProcess(({ now }: Pick<Deps, "bus" | "now">) => now());

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

/** What this node published last, for readers who join. */
const publishedBy = perProcess((): { newest: BotStatus | null } => ({ newest: null }));

/** The figures, again in every interval. */
export const followStatus = (ctx: Deps): LatestView<BotStatus> => ({
  kind: "latest",
  topic: statusTopic.name("all"),
  reader: null,
  newest: () => publishedBy(ctx).newest,
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
      dueAt = Math.max(dueAt + ctx.config.statusIntervalMs, Date.now());
      await pause(dueAt - Date.now(), signal);
    }
  },
};

async function publishStatus(ctx: Context): Promise<void> {
  try {
    const status = await readStatus(ctx);
    publishedBy(ctx).newest = status;
    ctx.bus.publishLatest(statusTopic.name("all"), status);
  } catch (error) {
    ctx.log.warn({ err: error }, "Failed to read the status");
  }
}
