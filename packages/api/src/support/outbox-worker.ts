import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Deps } from "../context.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { type Bot, BotError } from "./bot.ts";
import { selectConversations } from "./conversation-rows.ts";
import { conversationTopic, outboxTopic } from "./events.ts";
import { selectDeliveries, selectMessages } from "./message-rows.ts";
import type { OutboxTask } from "./outbox.ts";
import { deliverPush } from "./push-delivery.ts";
import type { SupportGroup } from "./support-group.ts";
import { type Delivered, deliverToTelegram, UndeliverableError } from "./telegram-delivery.ts";

export interface OutboxWorkerDeps extends Pick<Deps, "db" | "bus" | "now" | "log" | "push" | "config"> {
  bot: Bot | null;
  group: SupportGroup | null;
}

export interface OutboxWorker {
  /** Stops taking rows and waits for the calls under way. */
  stop(): Promise<void>;
}

interface OutboxRow {
  id: number;
  lane: string;
  messageId: number;
  task: OutboxTask;
  attempts: number;
  /** Unix ms. */
  dueAt: number;
}

/** What became of a row. A wait holds its whole lane, so order is kept. */
type Verdict =
  | { state: "done" | "skipped" | "failed"; reason: string | null; delivered?: Delivered | null }
  | { state: "wait"; reason: string; delayMs: number; attempts: number; task?: OutboxTask }
  /** The cause is mended; the same row again. */
  | { state: "again" };

const LANES_AT_ONCE = 16;
const ROWS_AT_ONCE = 20;
/** Looks for work nobody told of, such as another node's. */
const SWEEP_MS = 5_000;
const MAX_BACKOFF_MS = 60_000;
const MAX_PUSH_ATTEMPTS = 8;

const backoffMs = (attempts: number): number => Math.min(MAX_BACKOFF_MS, 1_000 * 2 ** Math.min(attempts, 10));

/**
 * Works off the outbox: every lane in order and one call at a time, lanes beside each other. A row is gone from the outbox only when the
 * outside world has answered, so a crash repeats at most the call that was under way.
 */
export function startOutboxWorker(deps: OutboxWorkerDeps): OutboxWorker {
  const { bus, now, log } = deps;
  const running = new Map<string, Promise<void>>();
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  let sweeping: Promise<void> | null = null;
  let sweepAgain = false;

  const unsubscribe = bus.subscribeLatest(outboxTopic.name("due"), () => sweep());

  function wakeIn(delayMs: number): void {
    if (stopped) return;
    if (timer) clearTimeout(timer);
    timer = setTimeout(sweep, Math.max(10, Math.min(delayMs, SWEEP_MS)));
  }

  function sweep(): void {
    if (stopped) return;
    if (sweeping) {
      sweepAgain = true;
      return;
    }
    sweepAgain = false;
    sweeping = startLanes()
      .catch((error) => log.error({ err: error }, "The outbox could not be read"))
      .finally(() => {
        sweeping = null;
        if (sweepAgain) sweep();
      });
  }

  async function startLanes(): Promise<void> {
    let nextDueMs = SWEEP_MS;
    for (const { lane, dueAt } of await selectLanes(deps)) {
      const inMs = dueAt - now().getTime();
      if (inMs > 0) nextDueMs = Math.min(nextDueMs, inMs);
      else if (!running.has(lane) && running.size < LANES_AT_ONCE) start(lane);
    }
    wakeIn(nextDueMs);
  }

  function start(lane: string): void {
    const work = runLane(lane)
      .catch((error) => log.error({ err: error, lane }, "An outbox lane stopped"))
      .finally(() => {
        running.delete(lane);
        wakeIn(0);
      });
    running.set(lane, work);
  }

  async function runLane(lane: string): Promise<void> {
    while (!stopped) {
      const rows = await selectRows(deps, lane);
      if (rows.length === 0) return;
      for (const row of rows) {
        if (stopped || row.dueAt > now().getTime()) return;
        if ((await runRow(deps, row)) === "wait") return;
      }
    }
  }

  sweep();
  return {
    async stop() {
      stopped = true;
      unsubscribe();
      if (timer) clearTimeout(timer);
      await sweeping;
      await Promise.all(running.values());
    },
  };
}

/** The lanes that owe something and when their first row is due, found by hopping over the index. */
async function selectLanes({ db }: OutboxWorkerDeps): Promise<{ lane: string; dueAt: number }[]> {
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

async function selectRows({ db }: OutboxWorkerDeps, lane: string): Promise<OutboxRow[]> {
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

async function runRow(deps: OutboxWorkerDeps, row: OutboxRow): Promise<"next" | "wait"> {
  for (let mended = 0; ; mended++) {
    const verdict = await attempt(deps, row);
    if (verdict.state === "again" && mended < 3) continue;
    const settled: Verdict =
      verdict.state === "again"
        ? { state: "wait", reason: "Telegram keeps refusing", delayMs: MAX_BACKOFF_MS, attempts: row.attempts + 1 }
        : verdict;
    await settle(deps, row, settled);
    return settled.state === "wait" ? "wait" : "next";
  }
}

async function attempt(deps: OutboxWorkerDeps, row: OutboxRow): Promise<Verdict> {
  const { task } = row;
  const [found] = await selectMessages(deps.db, sql`m.id = ${row.messageId}`);
  const [conversation] = found ? await selectConversations(deps.db, sql`c.id = ${found.message.conversationId}`) : [];
  if (!found || !conversation) return { state: "skipped", reason: "The message is gone" };
  const { message } = found;
  if (task.type === "push") return pushVerdict(row, await deliverPush(deps, { task, message, conversation }));
  const { bot, group } = deps;
  if (!bot) return { state: "failed", reason: "No bot is configured" };
  try {
    return {
      state: "done",
      reason: null,
      delivered: await deliverToTelegram({ db: deps.db, bot, group }, { task, message, conversation }),
    };
  } catch (error) {
    if (error instanceof UndeliverableError) return { state: "failed", reason: error.message };
    if (error instanceof BotError) return botVerdict(deps, { row, error, conversationId: conversation.id });
    throw error;
  }
}

function pushVerdict(row: OutboxRow, outcome: Awaited<ReturnType<typeof deliverPush>>): Verdict {
  if (outcome.state === "done") return { state: "done", reason: null };
  if (outcome.state !== "retry") return { state: outcome.state, reason: outcome.reason };
  if (row.attempts + 1 >= MAX_PUSH_ATTEMPTS) return { state: "failed", reason: outcome.reason };
  return {
    state: "wait",
    reason: outcome.reason,
    delayMs: outcome.retryAfterMs ?? backoffMs(row.attempts),
    attempts: row.attempts + 1,
    task: { type: "push", deviceIds: outcome.deviceIds },
  };
}

/** What a refusal means for the row. Only what Telegram will never take is given up; a group that is out of reach is waited for. */
async function botVerdict(
  deps: OutboxWorkerDeps,
  failed: { row: OutboxRow; error: BotError; conversationId: number },
): Promise<Verdict> {
  const { row, error, conversationId } = failed;
  const toGroup = row.task.type !== "push" && row.task.to === "group";
  const wait = (delayMs: number): Verdict => ({
    state: "wait",
    reason: error.message,
    delayMs,
    attempts: row.attempts + 1,
  });
  switch (error.failure) {
    case "flood":
      return wait(error.retryAfterMs ?? backoffMs(row.attempts));
    case "down":
      return wait(backoffMs(row.attempts));
    case "topicMissing":
      await deps.group?.forgetTopic(conversationId);
      return { state: "again" };
    case "migrated":
      if (error.migratedToChatId === null || !deps.group) return { state: "failed", reason: error.message };
      await deps.group.migrated(await deps.group.chatId(), error.migratedToChatId);
      return { state: "again" };
    case "unchanged":
    case "gone":
      return { state: "done", reason: null };
    case "forbidden":
      return toGroup ? wait(MAX_BACKOFF_MS) : { state: "failed", reason: error.message };
    case "rejected":
      return { state: "failed", reason: error.message };
  }
}

async function settle(
  deps: OutboxWorkerDeps,
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
