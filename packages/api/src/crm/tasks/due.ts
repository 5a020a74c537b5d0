import type { Transaction } from "@pult/db/database.ts";
import { rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { hasReply } from "../../chats/store/replies.ts";
import type { Context } from "../../context.ts";
import { notify, settleNotices } from "../../notices/notify.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { changeRecords } from "../records/publish.ts";
import type { Task } from "../schema.ts";
import { dueKey, dueNotice, taskSubject } from "./notice.ts";
import { selectTasks } from "./rows.ts";

/** How many are told of in one transaction. */
const BATCH = 100;

const REPLIED = hasReply({
  storeId: sql`(k.unless_reply->>'storeId')::uuid`,
  chatId: sql`(k.unless_reply->>'chatId')::bigint`,
  sinceId: sql`(k.unless_reply->>'sinceMessageId')::bigint`,
});

/** Ends tasks that wait for a reply which has come. @param where which ones, as a condition on `k` @returns whether there were any */
export async function endReplied(ctx: Context, where: SQL): Promise<boolean> {
  return changeRecords(ctx, async (tx, events, entries) => {
    const ended = await markReplied(tx, ctx.now(), where);
    entries.push(...(await settleNotices(tx, ctx.now(), { keys: ended.map(({ id }) => dueKey(id)) })));
    events.push(...ended.map((task) => ({ type: "task", task }) as const));
    return ended.length > 0;
  });
}

async function markReplied(tx: Transaction, now: Date, where: SQL): Promise<Task[]> {
  const ended = rowsOf<{ id: string }>(
    await tx.execute(sql`
      update crm_tasks set done_at = ${now.toISOString()}::timestamptz, done_by = 'replied' where id in (
        select k.id from crm_tasks k where k.done_at is null and k.unless_reply is not null and ${where} and ${REPLIED}
        order by k.id for update skip locked) returning id`),
  );
  if (ended.length === 0) return [];
  return selectTasks(tx, sql`k.id in ${uuidsIn(ended.map(({ id }) => id))}`);
}

/**
 * Tells the assignees of tasks that are due, each once: that they were told is stored with the telling. Those whose reply has come end
 * instead.
 */
export async function remindOfDue(ctx: Context): Promise<void> {
  const now = ctx.now();
  const isDue = sql`k.done_at is null and k.reminded_at is null and k.due_at <= ${now.toISOString()}::timestamptz`;
  await endReplied(ctx, isDue);
  for (let told = BATCH; told === BATCH; ) {
    let owes = false;
    told = await changeRecords(ctx, async (tx, events, entries) => {
      const due = await markReminded(tx, now, isDue);
      const notified = await notify(tx, now, due.flatMap(eventOf));
      entries.push(...notified.entries);
      owes = notified.owes;
      events.push(...due.map((task) => ({ type: "task", task }) as const));
      return due.length;
    });
    if (owes) publishDue(ctx.bus);
  }
}

async function markReminded(tx: Transaction, now: Date, isDue: SQL): Promise<Task[]> {
  const marked = rowsOf<{ id: string }>(
    await tx.execute(sql`
      update crm_tasks set reminded_at = ${now.toISOString()}::timestamptz where id in (
        select k.id from crm_tasks k where ${isDue} order by k.due_at, k.id limit ${BATCH} for update skip locked) returning id`),
  );
  return selectTasks(tx, sql`k.id in ${uuidsIn(marked.map(({ id }) => id))}`);
}

function eventOf({ id, title, about, entity, entityId, assigneeId, unlessReply, dueAt }: Task) {
  if (assigneeId === null) return [];
  const data = { taskId: id, title, about, entity, entityId, isUnanswered: unlessReply !== null };
  return [{ kind: dueNotice, personId: assigneeId, event: `${dueKey(id)}:${dueAt}`, about: taskSubject(id), data }];
}
