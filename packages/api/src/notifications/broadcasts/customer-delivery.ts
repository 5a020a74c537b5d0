import type { Transaction } from "@pult/db/database.ts";
import { sql } from "drizzle-orm";
import type { OutboxHandler, Settled, Verdict } from "../../outbox/outbox.ts";
import { why } from "../../outbox/why.ts";
import { BotError } from "../../telegram/bot.ts";
import { botLease, customerBuckets, type Telegram } from "../../telegram/telegram.ts";
import { verdictOf } from "../../telegram/verdict.ts";
import { type CustomerPayload, continueLane, customerPayload, lockForLane } from "./lanes.ts";
import { stopLine } from "./limits.ts";
import { problemOf } from "./problem.ts";
import { type Found, finishTarget, selectTarget, updateTarget } from "./rows.ts";
import { sendOnce } from "./sending.ts";
import { endSubscription } from "./subscriptions.ts";

/** A broadcast to one customer. */
export const customerHandler: OutboxHandler<CustomerPayload> = {
  schema: customerPayload,
  lease: ({ telegram }) => botLease(telegram?.botId ?? 0),
  buckets: ({ telegram }, { paid }) => (telegram ? customerBuckets(telegram, paid) : []),
  async deliver(deps, { payload, attempts }) {
    const { db, telegram } = deps;
    const found = await selectTarget(db, payload.targetId);
    if (!found) return { state: "skipped", reason: "The broadcast is gone" };
    const { broadcast, target } = found;
    // A call that an earlier process began comes first: what may have arrived is not given up as unsent.
    if (target.calledAt === null && broadcast.state !== "active") return { state: "skipped", reason: broadcast.state };
    if (!telegram) return { state: "failed", ...why("noBot") };
    // Claimed at another speed than was chosen since: it waits for that one's place.
    if (payload.paid !== broadcast.paid) return { state: "again", payload: { ...payload, paid: broadcast.paid } };
    return sendOnce(deps, found, () =>
      send(telegram, found).catch((error) => {
        if (error instanceof BotError && error.failure !== "unpaid") return verdictAfterRefusal(error, attempts);
        throw error;
      }),
    );
  },
  async settled(tx, item, settled) {
    const broadcast = await lockForLane(tx, item.payload);
    const isGivenUp = settled.state === "skipped" && broadcast?.state === "cancelled";
    await (isGivenUp ? giveUp(tx, item.payload) : note(tx, item.payload, settled));
    if (settled.state !== "wait" && broadcast?.state === "active") await continueLane(tx, item, broadcast);
    return [];
  },
};

async function send({ bot }: Telegram, { target, broadcast }: Found): Promise<Verdict<never>> {
  const { chatId, languageCode } = target;
  const text = broadcast.text + stopLine(languageCode);
  const { messageId } = await bot.sendText({ chatId, text, ...(broadcast.paid ? { paid: true as const } : {}) });
  return { state: "done", result: messageId };
}

function verdictAfterRefusal(error: BotError, attempts: number): Verdict<never> {
  const { failure, message: reason, mayHaveArrived } = error;
  if (failure === "unlisted") return { state: "failed", reason };
  return failure === "down" && mayHaveArrived ? { state: "unknown", reason } : verdictOf(error, attempts);
}

/** Unless it was finished otherwise meanwhile. */
const giveUp = (tx: Transaction, { targetId }: CustomerPayload) =>
  tx.execute(sql`
    update broadcast_targets set state = 'cancelled', called_at = null, finished_at = now()
    where id = ${targetId} and state = 'pending'`);

async function note(tx: Transaction, { targetId: id }: CustomerPayload, settled: Settled): Promise<void> {
  if (settled.state === "done")
    return finishTarget(tx, { id }, { state: "sent", telegramMessageId: Number(settled.result), reason: null });
  // It was not sent; whether it still is to be, its state says.
  if (settled.state === "wait") return updateTarget(tx, { id }, { reason: settled.reason, calledAt: null });
  if (settled.state === "skipped") return updateTarget(tx, { id }, { calledAt: null });
  const { reason } = settled;
  const found = await selectTarget(tx, id);
  if (!found) return;
  if (problemOf(reason) === "blocked")
    await endSubscription(tx, { chatId: found.target.chatId, reason: "blocked", at: new Date() });
  await finishTarget(tx, { id }, { state: settled.state === "unknown" ? "unknown" : "failed", reason });
}
