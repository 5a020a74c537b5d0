import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { perProcess } from "../../per-process.ts";
import { repeating, type WorkerSpec } from "../../workers.ts";
import { accountLease } from "./lease.ts";

const seen = perProcess((): { workingAt: number | null } => ({ workingAt: null }));

/** Looks whether any linked account is connected, on whatever node, and says so at `/health/ready`. */
export async function checkHealth(ctx: Context): Promise<void> {
  const { health } = ctx.mtproto;
  const now = ctx.now().getTime();
  const state = seen(ctx);
  if (state.workingAt === null || (await isWorking(ctx))) state.workingAt = now;
  health.isFailed = now - state.workingAt >= health.patienceMs;
}

/** What a node wrote of an account counts for as long as it holds it. */
async function isWorking({ db }: Context): Promise<boolean> {
  const [row] = rowsOf<{ isWorking: boolean }>(
    await db.execute(sql`
      select count(*) = 0 or count(*) filter (where s.connection = 'connected' and l.name is not null) > 0 as "isWorking"
      from telegram_sessions s
      left join leases l on l.name = ${accountLease("")} || s.id::text and l.expires_at > clock_timestamp()
      where s.status = 'AUTHORIZED'`),
  );
  return row?.isWorking ?? true;
}

export const healthWorker: WorkerSpec = repeating({ name: "chats.health", lease: null, everyMs: 5_000 }, checkHealth);
