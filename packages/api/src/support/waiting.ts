import type { Transaction } from "@pult/db/database.ts";
import { bigintsIn, rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { requireStaff } from "../auth/permissions.ts";
import { selectHolders } from "../auth/team/holders.ts";
import type { Context } from "../context.ts";
import { type NewNotice, notify } from "../notices/notify.ts";
import { publishDue } from "../outbox/outbox.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { readSetting, writeSetting } from "../settings.ts";
import { type ConversationRecord, selectConversations } from "./conversation-rows.ts";
import { waitingNotice } from "./notices.ts";
import type { WaitingTime } from "./schema.ts";
import { noticeAbout } from "./tell-agents.ts";

const SETTING = "support.waitingMinutes";
const DEFAULT_MINUTES = 5;
/** Conversations that one pass tells of. */
const AT_ONCE = 100;

/** How long a conversation without an assignee may wait for an answer before agents are told. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function getWaitingTime(ctx: Context): Promise<WaitingTime> {
  requireStaff(ctx.actor, "support:read");
  return readWaitingTime(ctx);
}

const readWaitingTime = async ({ db }: Pick<Context, "db">): Promise<WaitingTime> =>
  (await readSetting<WaitingTime>(db, SETTING)) ?? { minutes: DEFAULT_MINUTES };

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function setWaitingTime(ctx: Context, { minutes }: WaitingTime): Promise<WaitingTime> {
  requireStaff(ctx.actor, "support:write");
  await writeSetting(ctx.db, SETTING, { minutes });
  return { minutes };
}

/** Tells agents of conversations that are no one's and wait for too long, once for each time that they wait. */
export async function tellOfWaiting(ctx: Context): Promise<void> {
  const { minutes } = await readWaitingTime(ctx);
  if (minutes === null) return;
  const now = ctx.now();
  const since = new Date(now.getTime() - minutes * 60_000).toISOString();
  const waits = sql`c.waiting_since <= ${since}::timestamptz and c.waiting_noticed_at is null and c.assignee_id is null and c.status = 'open'`;
  const due = rowsOf<{ id: number }>(
    await ctx.db.execute(sql`select id from conversations c where ${waits} order by waiting_since limit ${AT_ONCE}`),
  );
  if (due.length === 0) return;
  const { appended, owes } = await ctx.db.transaction(async (tx) => {
    const ids = bigintsIn(due.map(({ id }) => id));
    const waiting = await selectConversations(tx, sql`c.id in ${ids} and ${waits}`, { lock: true });
    await tx.execute(sql`
      update conversations set waiting_noticed_at = ${now.toISOString()}::timestamptz where id in ${bigintsIn(waiting.map(({ id }) => id))}`);
    const { entries, owes } = await notify(tx, now, await eventsOf(tx, waiting, minutes));
    return { owes, appended: await appendToLogs(tx, entries) };
  });
  publishAppended(ctx.bus, appended);
  if (owes) publishDue(ctx.bus);
}

async function eventsOf(
  tx: Transaction,
  waiting: readonly ConversationRecord[],
  minutes: number,
): Promise<NewNotice[]> {
  const agents = await selectHolders(tx, "support:write");
  return waiting.flatMap(({ id, customerName, waitingSince }) =>
    agents.map((personId) => ({
      ...noticeAbout(waitingNotice, id),
      personId,
      event: `waiting:${waitingSince}`,
      data: { conversationId: id, customer: customerName, minutes },
    })),
  );
}
