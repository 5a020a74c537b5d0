import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Deps } from "../context.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { conversationTopic } from "./events.ts";
import { selectDeliveries } from "./message-rows.ts";
import type { OutboxTask } from "./outbox.ts";
import type { Delivered } from "./telegram-delivery.ts";

export interface OutboxRow {
  id: number;
  lane: string;
  messageId: number;
  task: OutboxTask;
  attempts: number;
  /** Unix ms. */
  dueAt: number;
}

/** What became of a row. A wait holds its whole lane, so order is kept. */
export type Verdict =
  | { state: "done" | "skipped" | "failed"; reason: string | null; delivered?: Delivered | null }
  | { state: "wait"; reason: string; delayMs: number; attempts: number; task?: OutboxTask }
  /** The cause is mended; the same row again. */
  | { state: "again" };

const ROWS_AT_ONCE = 20;

/** The lanes that owe something and when their first row is due, found by hopping over the index. */
export async function selectLanes({ db }: Pick<Deps, "db">): Promise<{ lane: string; dueAt: number }[]> {
  const rows = rowsOf<{ lane: string; dueAt: number | string }>(
    await db.execute(sql`
      with recursive hop as (
        (select lane, id, not_before from outbox where state = 'pending' order by lane, id limit 1)
        union all
        select next.* from hop cross join lateral (
          select lane, id, not_before from outbox where state = 'pending' and lane > hop.lane order by lane, id limit 1) next
      )
      select lane, extract(epoch from not_before) * 1000 as "dueAt" from hop order by not_before limit 500`),
  );
  return rows.map((row) => ({ lane: row.lane, dueAt: Number(row.dueAt) }));
}

export async function selectRows({ db }: Pick<Deps, "db">, lane: string): Promise<OutboxRow[]> {
  const rows = rowsOf<OutboxRow>(
    await db.execute(sql`
      select id, lane, message_id as "messageId", task, attempts, extract(epoch from not_before) * 1000 as "dueAt"
      from outbox where state = 'pending' and lane = ${lane} order by id limit ${ROWS_AT_ONCE}`),
  );
  return rows.map((row) => ({
    ...row,
    id: Number(row.id),
    messageId: Number(row.messageId),
    dueAt: Number(row.dueAt),
  }));
}

/** Keeps what became of a row, and announces it in the conversation's log. */
export async function settle(
  deps: Pick<Deps, "db" | "bus" | "now" | "log">,
  row: OutboxRow,
  verdict: Exclude<Verdict, { state: "again" }>,
): Promise<void> {
  const appended = await deps.db.transaction(async (tx) => {
    if (verdict.state === "wait") await postpone(tx, row, { verdict, now: deps.now() });
    else await finish(tx, row, { verdict, now: deps.now() });
    const [message] = rowsOf<{ conversationId: number | string }>(
      await tx.execute(sql`select conversation_id as "conversationId" from messages where id = ${row.messageId}`),
    );
    if (!message) return null;
    const deliveries = (await selectDeliveries(tx, [row.messageId])).get(row.messageId) ?? [];
    const payload = { type: "deliveryChanged", messageId: row.messageId, deliveries };
    return appendToLogs(tx, [{ topic: conversationTopic.name(Number(message.conversationId)), payload }]);
  });
  if (appended) publishAppended(deps.bus, appended);
  if (verdict.state === "failed" || verdict.state === "wait") {
    deps.log.warn(
      { outboxId: row.id, lane: row.lane, messageId: row.messageId, reason: verdict.reason },
      `Delivery ${verdict.state}`,
    );
  }
}

async function postpone(
  tx: Transaction,
  row: OutboxRow,
  { verdict, now }: { verdict: Extract<Verdict, { state: "wait" }>; now: Date },
): Promise<void> {
  const due = new Date(now.getTime() + verdict.delayMs).toISOString();
  await tx.execute(sql`
    update outbox set attempts = ${verdict.attempts}, not_before = ${due}::timestamptz, last_error = ${verdict.reason},
      task = ${JSON.stringify(verdict.task ?? row.task)}::jsonb
    where id = ${row.id}`);
}

async function finish(
  tx: Transaction,
  row: OutboxRow,
  { verdict, now }: { verdict: Extract<Verdict, { state: "done" | "skipped" | "failed" }>; now: Date },
): Promise<void> {
  await tx.execute(sql`
    update outbox set state = ${verdict.state}, finished_at = ${now.toISOString()}::timestamptz, last_error = ${verdict.reason}
    where id = ${row.id}`);
  if (!verdict.delivered) return;
  const { chatId, messageIds, part, caption } = verdict.delivered;
  const rows = messageIds.map((t, at) => ({ t, part: part + at }));
  await tx.execute(sql`
    insert into telegram_messages (chat_id, telegram_message_id, message_id, conversation_id, part, caption)
    select ${chatId}, x.t, m.id, m.conversation_id, x.part, ${caption ? 1 : 0}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(t bigint, part int), messages m where m.id = ${row.messageId}
    on conflict do nothing`);
}
