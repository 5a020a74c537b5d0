import { sql } from "drizzle-orm";
import type { Deps } from "../context.ts";
import { type Bot, BotError } from "./bot.ts";
import { selectConversations } from "./conversation-rows.ts";
import { outboxTopic } from "./events.ts";
import { selectMessages } from "./message-rows.ts";
import type { OutboxTask } from "./outbox.ts";
import { type OutboxRow, selectLanes, selectRows, settle, type Verdict } from "./outbox-rows.ts";
import { deliverPush } from "./push-delivery.ts";
import type { SupportGroup } from "./support-group.ts";
import { deliverToTelegram, UndeliverableError } from "./telegram-delivery.ts";

export interface OutboxWorkerDeps extends Pick<Deps, "db" | "bus" | "now" | "log" | "push" | "config"> {
  bot: Bot | null;
  group: SupportGroup | null;
}

export interface OutboxWorker {
  /** Stops taking rows and waits for the calls under way. */
  stop(): Promise<void>;
}

const LANES_AT_ONCE = 16;
/** Looks for work nobody told of, such as another node's. */
const SWEEP_MS = 5_000;
const MAX_BACKOFF_MS = 60_000;
/** An outage is asked about often, so that what waited leaves soon after it ends. */
const MAX_OUTAGE_BACKOFF_MS = 8_000;
const MAX_PUSH_ATTEMPTS = 8;
/** How soon a look at the database that failed is repeated. */
const RETRY_MS = 1_000;
/** A row that fails this often for a reason of ours is given up, so that it does not hold up its lane for ever. */
const MAX_OWN_FAILURES = 8;

const backoffMs = (attempts: number): number => Math.min(MAX_BACKOFF_MS, 1_000 * 2 ** Math.min(attempts, 10));

/**
 * Works off the outbox: every lane in order and one call at a time, lanes beside each other. A row is gone from the outbox only when the
 * outside world has answered, so a crash repeats at most the call that was under way.
 */
export function startOutboxWorker(deps: OutboxWorkerDeps): OutboxWorker {
  const { bus, now, log } = deps;
  const running = new Map<string, Promise<void>>();
  const ownFailures: OwnFailures = new Map();
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
      .catch((error) => {
        log.error({ err: error }, "The outbox could not be read");
        wakeIn(RETRY_MS);
      })
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
      .then(() => 0)
      .catch((error) => {
        log.error({ err: error, lane }, "An outbox lane stopped");
        return RETRY_MS;
      })
      .then((delayMs) => {
        running.delete(lane);
        wakeIn(delayMs);
      });
    running.set(lane, work);
  }

  async function runLane(lane: string): Promise<void> {
    while (!stopped) {
      const rows = await selectRows(deps, lane);
      if (rows.length === 0) return;
      for (const row of rows) {
        if (stopped || row.dueAt > now().getTime()) return;
        if ((await runRow(deps, row, ownFailures)) === "wait") return;
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

/** Failures of our own, by row. */
type OwnFailures = Map<number, number>;

async function runRow(deps: OutboxWorkerDeps, row: OutboxRow, ownFailures: OwnFailures): Promise<"next" | "wait"> {
  for (let mended = 0; ; mended++) {
    const verdict = await attempt(deps, row).catch((error) => ownVerdict(deps, { row, error, ownFailures }));
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
  if (task.type === "removeTopic") return removeTopic(deps, row, task);
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

async function removeTopic(
  deps: OutboxWorkerDeps,
  row: OutboxRow,
  { chatId, threadId }: Extract<OutboxTask, { type: "removeTopic" }>,
): Promise<Verdict> {
  if (!deps.bot) return { state: "failed", reason: "No bot is configured" };
  try {
    await deps.bot.removeTopic(chatId, threadId);
    return { state: "done", reason: null };
  } catch (error) {
    if (!(error instanceof BotError)) throw error;
    if (error.failure === "topicMissing") return { state: "done", reason: null };
    // Topics belong to supergroups, which become nothing else.
    if (error.failure === "migrated") return { state: "failed", reason: error.message };
    return botVerdict(deps, { row, error, conversationId: 0 });
  }
}

/** Something nobody foresaw: the row waits and is tried again, but not for ever. */
function ownVerdict(
  { log }: OutboxWorkerDeps,
  { row, error, ownFailures }: { row: OutboxRow; error: unknown; ownFailures: OwnFailures },
): Verdict {
  const count = (ownFailures.get(row.id) ?? 0) + 1;
  ownFailures.set(row.id, count);
  log.error({ err: error, outboxId: row.id, lane: row.lane, count }, "A delivery failed for a reason of ours");
  const reason = "Internal error";
  if (count < MAX_OWN_FAILURES)
    return { state: "wait", reason, delayMs: backoffMs(count - 1), attempts: row.attempts + 1 };
  ownFailures.delete(row.id);
  return { state: "failed", reason };
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
  const toGroup = "to" in row.task && row.task.to === "group";
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
      return wait(Math.min(MAX_OUTAGE_BACKOFF_MS, backoffMs(row.attempts)));
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
