import type { Transaction } from "@pult/db/database.ts";
import { broadcastTargets, liveTopics } from "@pult/db/schema/notifications.ts";
import { and, eq, isNull, lt, sql } from "drizzle-orm";
import type { Deps } from "../../context.ts";
import { type DueItem, enqueue, type OutboxHandler, type Settled, type Verdict } from "../../outbox/outbox.ts";
import { why } from "../../outbox/why.ts";
import type { NewEntry } from "../../realtime/log.ts";
import { writeSetting } from "../../settings.ts";
import { BotError } from "../../telegram/bot.ts";
import { botLease, type Telegram, topicBuckets } from "../../telegram/telegram.ts";
import { verdictOf } from "../../telegram/verdict.ts";
import { migratedSetting } from "./live-chat.ts";
import { problemOf, TOPICS_OFF } from "./problem.ts";
import { toastResults } from "./results.ts";
import {
  announce,
  type BroadcastPayload,
  broadcastPayload,
  type Found,
  finishTarget,
  itemFor,
  lockTarget,
  selectTarget,
  type TargetRow,
  updateTarget,
} from "./rows.ts";
import { sendOnce } from "./sending.ts";
import { tellAuthor } from "./tell-author.ts";

/** The longest pause that Telegram may ask for while the caller waits. */
const MAX_AWAITED_PAUSE_MS = 30_000;
/** Attempts while Telegram is out of reach and the caller waits. */
const MAX_AWAITED_ATTEMPTS = 2;

/** A broadcast in one topic: one call to send it, one to pin it, one to unpin the one before. */
export const broadcastHandler: OutboxHandler<BroadcastPayload> = {
  schema: broadcastPayload,
  lease: ({ telegram }) => botLease(telegram?.botId ?? 0),
  buckets: ({ telegram }, { chatId }) => (telegram ? topicBuckets(telegram, chatId) : []),
  async deliver(deps, { payload, attempts }) {
    const { db, telegram } = deps;
    const found = await selectTarget(db, payload.targetId);
    if (!found) return { state: "skipped", reason: "The broadcast is gone" };
    const { broadcast, target } = found;
    const isFirst = payload.type === "send" || (payload.type === "pin" && broadcast.kind === "pin");
    if (isFirst && target.calledAt === null && broadcast.state !== "active")
      return { state: "skipped", reason: broadcast.state };
    if (!telegram) return { state: "failed", ...why("noBot") };
    const call = () =>
      makeCall(telegram, payload, found).catch((error) => {
        if (!(error instanceof BotError)) throw error;
        if (error.failure === "migrated" && error.migratedToChatId !== null)
          return moveChat({ db }, payload, error.migratedToChatId);
        if (error.failure === "topicMissing") return topicMissing(telegram, target, error);
        return verdictAfterRefusal(error, payload, attempts);
      });
    return payload.type === "send" ? sendOnce(deps, found, call) : call();
  },
  settled: async (tx, item, settled) => {
    const found = await lockTarget(tx, item.payload.targetId);
    if (!found) return [];
    const { type } = item.payload;
    if (type === "unpin") await noteUnpinned(tx, found.target, settled);
    else if (settled.state === "wait") await updateTarget(tx, found.target, { reason: settled.reason, calledAt: null });
    else if (settled.state === "done") await note(tx, item, { ...found, result: settled.result });
    else if (settled.state === "skipped") {
      if (found.broadcast.state === "cancelled")
        await finishTarget(tx, found.target, { state: "cancelled", reason: null });
      // Resumed since it was skipped, when this item still stood there.
      else if (found.broadcast.state === "active") await enqueue(tx, [again(item, found.target, type)]);
    } else await noteFailure(tx, item, { ...found, settled });
    return tellOutcome(tx, found, settled.at);
  },
};

/** Its result is the id of the message that was sent. */
async function makeCall(
  { bot }: Telegram,
  { type }: BroadcastPayload,
  { target, broadcast }: Found,
): Promise<Verdict<BroadcastPayload>> {
  const { chatId, threadId, telegramMessageId: messageId } = target;
  if (type === "send") {
    const sent = await bot.sendText({ chatId, text: broadcast.text, ...(threadId === null ? {} : { threadId }) });
    return { state: "done", result: sent.messageId };
  }
  if (messageId !== null)
    await (type === "pin" ? bot.pinMessage(chatId, messageId) : bot.unpinMessage(chatId, messageId));
  return { state: "done" };
}

function verdictAfterRefusal(
  error: BotError,
  { type, isAwaited }: BroadcastPayload,
  attempts: number,
): Verdict<BroadcastPayload> {
  const { failure, message: reason, retryAfterMs, mayHaveArrived } = error;
  // Sent again it could stand there twice: a person decides.
  if (failure === "down" && type === "send" && mayHaveArrived) return { state: "unknown", reason };
  // What Pult does not know is told to the author at once: a broadcast is not to come late.
  if (failure === "unlisted") return { state: "failed", reason };
  const takesLong =
    (failure === "flood" && (retryAfterMs ?? 0) > MAX_AWAITED_PAUSE_MS) ||
    ((failure === "down" || failure === "unauthorized") && attempts + 1 >= MAX_AWAITED_ATTEMPTS);
  if (!isAwaited || !takesLong) return verdictOf(error, attempts);
  return { state: "failed", reason, ...(failure === "flood" && retryAfterMs ? { pauseMs: retryAfterMs } : {}) };
}

/** While topics are turned off in the group, Telegram finds none of them; they are there again once it has topics. */
async function topicMissing(
  { bot }: Telegram,
  { chatId }: TargetRow,
  { message }: BotError,
): Promise<Verdict<BroadcastPayload>> {
  const chat = await bot.getChat(chatId).catch(() => null);
  return { state: "failed", reason: chat?.isForum === false ? message + TOPICS_OFF : message };
}

/** The group became a supergroup: what is still to be sent goes there. */
async function moveChat(
  { db }: Pick<Deps, "db">,
  payload: BroadcastPayload,
  chatId: number,
): Promise<Verdict<BroadcastPayload>> {
  const { chatId: former, targetId } = payload;
  await db.transaction(async (tx) => {
    const isOpen = and(eq(broadcastTargets.chatId, former), isNull(broadcastTargets.finishedAt));
    await tx.update(broadcastTargets).set({ chatId }).where(isOpen);
    await updateTarget(tx, { id: targetId }, { calledAt: null });
    await writeSetting(tx, migratedSetting(former), chatId);
  });
  return { state: "again", payload: { ...payload, chatId } };
}

async function note(tx: Transaction, item: DueItem<BroadcastPayload>, found: Found & { result: unknown }) {
  const { target, broadcast, result } = found;
  if (item.payload.type === "pin") {
    await finishTarget(tx, target, { state: "pinned", reason: null });
    if (broadcast.unpinPrevious) await enqueueUnpin(tx, item, target);
  } else {
    const sent = { state: "sent", telegramMessageId: Number(result), reason: null };
    await noteTopic(tx, target, { isClosed: false });
    if (!target.pin) await finishTarget(tx, target, sent);
    else {
      await updateTarget(tx, target, sent);
      await enqueue(tx, [again(item, target, "pin")]);
    }
  }
}

/** The message was pinned before; what it came to when it was sent stays as it is. */
async function noteUnpinned(tx: Transaction, target: TargetRow, settled: Settled): Promise<void> {
  const isGone = settled.state === "failed" && problemOf(settled.reason) === "messageGone";
  if (settled.state === "done" || isGone) await updateTarget(tx, target, { state: "sent" });
}

/** What a delivery tells of its broadcast: to staff how it stands, and to its author what has ended. */
async function tellOutcome(tx: Transaction, { target, broadcast }: Found, at: Date): Promise<NewEntry[]> {
  const after = target.finishedAt === null ? await selectTarget(tx, target.id) : null;
  const isOpen = and(eq(broadcastTargets.broadcastId, broadcast.id), isNull(broadcastTargets.finishedAt));
  const hasEnded = after?.target.finishedAt != null && (await tx.$count(broadcastTargets, isOpen)) === 0;
  const told =
    hasEnded && broadcast.state !== "cancelled" ? await tellAuthor(tx, broadcast, { outcome: "ended", at }) : [];
  const toasts = after ? await toastResults(tx, after.broadcast, [after.target]) : [];
  return [...told, ...(await announce(tx, broadcast.id)), ...toasts];
}

/** Also what was sent, but cannot be pinned, is finished; the reason says so. */
async function noteFailure(
  tx: Transaction,
  item: DueItem<BroadcastPayload>,
  { target, broadcast, settled }: Found & { settled: Extract<Settled, { reason: string }> },
): Promise<void> {
  const wasSent = item.payload.type === "pin" && broadcast.kind === "broadcast";
  const state = wasSent ? "sent" : settled.state === "unknown" ? "unknown" : "failed";
  await finishTarget(tx, target, { state, reason: settled.reason });
  if (problemOf(settled.reason) === "topicDeleted") await noteTopic(tx, target, { isClosed: true });
}

/** Telegram tells of no topic that is deleted: a broadcast that finds none, or finds it again, does. */
async function noteTopic(tx: Transaction, { chatId, threadId }: TargetRow, news: { isClosed: boolean }): Promise<void> {
  if (threadId === null) return;
  await tx
    .update(liveTopics)
    .set(news)
    .where(and(eq(liveTopics.chatId, chatId), eq(liveTopics.threadId, threadId)));
}

/** What is pinned in this place since before. */
async function enqueueUnpin(tx: Transaction, item: DueItem<BroadcastPayload>, target: TargetRow): Promise<void> {
  const { chatId, threadId, id } = target;
  const previous = await tx
    .select()
    .from(broadcastTargets)
    .where(
      and(
        eq(broadcastTargets.chatId, chatId),
        sql`thread_id is not distinct from ${threadId}`,
        eq(broadcastTargets.state, "pinned"),
        lt(broadcastTargets.id, id),
      ),
    )
    .orderBy(broadcastTargets.id);
  await enqueue(
    tx,
    previous.map((one) => again(item, one, "unpin")),
  );
}

/** A further call in the same queue, at once. */
const again = (
  { lease, queue, priority, dueAt, payload: { isAwaited } }: DueItem<BroadcastPayload>,
  target: TargetRow,
  type: BroadcastPayload["type"],
) => itemFor(target, { lease, dueAt, priority, queue, type, isAwaited });
