import type { Transaction } from "@pult/db/database.ts";
import { broadcastTargets } from "@pult/db/schema/notifications.ts";
import { and, eq, isNull, lt, sql } from "drizzle-orm";
import type { Deps } from "../../context.ts";
import { type DueItem, enqueue, type OutboxHandler, type Settled, type Verdict } from "../../outbox/outbox.ts";
import { writeSetting } from "../../settings.ts";
import { BotError } from "../../telegram/bot.ts";
import { botLease, chatBuckets, type Telegram } from "../../telegram/telegram.ts";
import { verdictOf } from "../../telegram/verdict.ts";
import {
  announce,
  type BroadcastPayload,
  type BroadcastRow,
  broadcastPayload,
  itemFor,
  lockTarget,
  selectTarget,
  type TargetRow,
} from "./rows.ts";

/** The longest pause that Telegram may ask for while the caller waits. */
const MAX_AWAITED_PAUSE_MS = 30_000;
/** Attempts while Telegram is out of reach and the caller waits. */
const MAX_AWAITED_ATTEMPTS = 2;

/** Where the setting stands that says what a group has become. */
export const migratedSetting = (configuredChatId: number): string => `telegram.live:${configuredChatId}`;

/** A broadcast in one topic: one call to send it, one to pin it, one to unpin the one before. */
export const broadcastHandler: OutboxHandler<BroadcastPayload> = {
  schema: broadcastPayload,
  lease: ({ telegram }) => botLease(telegram?.botId ?? 0),
  buckets: ({ telegram }, { chatId }) => (telegram ? chatBuckets(telegram, chatId) : []),
  async deliver({ db, telegram }, { payload, attempts }) {
    const found = await selectTarget(db, payload.targetId);
    if (!found) return { state: "skipped", reason: "The broadcast is gone" };
    const { broadcast, target } = found;
    const isFirst = payload.type === "send" || (payload.type === "pin" && broadcast.kind === "pin");
    if (isFirst && broadcast.state !== "active") return { state: "skipped", reason: broadcast.state };
    if (!telegram) return { state: "failed", reason: "No bot is configured" };
    try {
      return { state: "done", result: await makeCall(telegram, payload, { target, broadcast }) };
    } catch (error) {
      if (!(error instanceof BotError)) throw error;
      if (error.failure === "migrated" && error.migratedToChatId !== null)
        return moveChat({ db }, payload, error.migratedToChatId);
      return verdictAfterRefusal(error, payload, attempts);
    }
  },
  settled: async (tx, item, settled) => {
    const found = await lockTarget(tx, item.payload.targetId);
    if (!found) return [];
    const { type } = item.payload;
    if (settled.state === "wait") await update(tx, found.target, { reason: settled.reason });
    else if (settled.state === "done") await note(tx, item, { ...found, result: settled.result });
    else if (settled.state === "skipped") {
      if (found.broadcast.state === "cancelled") await finish(tx, found.target, { state: "cancelled", reason: null });
      // Resumed since it was skipped, when this item still stood there.
      else if (found.broadcast.state === "active") await enqueue(tx, [again(item, found.target, type)]);
    } else if (type !== "unpin") await noteFailure(tx, item, { ...found, settled });
    return announce(tx, found.broadcast.id);
  },
};

interface Found {
  target: TargetRow;
  broadcast: BroadcastRow;
}

/** @returns the id of the message that was sent */
async function makeCall({ bot }: Telegram, { type }: BroadcastPayload, { target, broadcast }: Found) {
  const { chatId, threadId, telegramMessageId: messageId } = target;
  if (type === "send")
    return (await bot.sendText({ chatId, text: broadcast.text, ...(threadId === null ? {} : { threadId }) })).messageId;
  if (messageId === null) return null;
  await (type === "pin" ? bot.pinMessage(chatId, messageId) : bot.unpinMessage(chatId, messageId));
  return null;
}

function verdictAfterRefusal(
  error: BotError,
  { type, isAwaited }: BroadcastPayload,
  attempts: number,
): Verdict<BroadcastPayload> {
  const { failure, message: reason, retryAfterMs, mayHaveArrived } = error;
  // Sent again it could stand there twice: a person decides.
  if (failure === "down" && type === "send" && mayHaveArrived) return { state: "unknown", reason };
  const takesLong =
    (failure === "flood" && (retryAfterMs ?? 0) > MAX_AWAITED_PAUSE_MS) ||
    (failure === "down" && attempts + 1 >= MAX_AWAITED_ATTEMPTS);
  return isAwaited && takesLong ? { state: "failed", reason } : verdictOf(error, attempts);
}

/** The group became a supergroup: what is still to be sent goes there. */
async function moveChat(
  { db }: Pick<Deps, "db">,
  payload: BroadcastPayload,
  chatId: number,
): Promise<Verdict<BroadcastPayload>> {
  await db
    .update(broadcastTargets)
    .set({ chatId })
    .where(and(eq(broadcastTargets.chatId, payload.chatId), isNull(broadcastTargets.finishedAt)));
  await writeSetting(db, migratedSetting(payload.chatId), chatId);
  return { state: "again", payload: { ...payload, chatId } };
}

async function note(tx: Transaction, item: DueItem<BroadcastPayload>, found: Found & { result: unknown }) {
  const { target, broadcast, result } = found;
  const { type } = item.payload;
  if (type === "unpin") await update(tx, target, { state: "sent" });
  else if (type === "pin") {
    await finish(tx, target, { state: "pinned", reason: null });
    if (broadcast.unpinPrevious) await enqueueUnpin(tx, item, target);
  } else {
    const sent = { state: "sent", telegramMessageId: Number(result), reason: null };
    if (!target.pin) await finish(tx, target, sent);
    else {
      await update(tx, target, sent);
      await enqueue(tx, [again(item, target, "pin")]);
    }
  }
}

/** Also what was sent, but cannot be pinned, is finished; the reason says so. */
async function noteFailure(
  tx: Transaction,
  item: DueItem<BroadcastPayload>,
  { target, broadcast, settled }: Found & { settled: Extract<Settled, { reason: string }> },
): Promise<void> {
  const wasSent = item.payload.type === "pin" && broadcast.kind === "broadcast";
  const state = wasSent ? "sent" : settled.state === "unknown" ? "unknown" : "failed";
  await finish(tx, target, { state, reason: settled.reason });
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

const finish = (tx: Transaction, target: TargetRow, changes: Partial<TargetRow>) =>
  update(tx, target, { ...changes, finishedAt: new Date() });

const update = async (tx: Transaction, { id }: TargetRow, changes: Partial<TargetRow>): Promise<void> => {
  await tx.update(broadcastTargets).set(changes).where(eq(broadcastTargets.id, id));
};
