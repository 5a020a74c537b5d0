import type { Deps } from "../context.ts";
import type { DueItem, Verdict } from "../outbox/outbox.ts";
import { why } from "../outbox/why.ts";
import { backoffMs } from "../outbox/worker.ts";
import { BotError } from "../telegram/bot.ts";
import { verdictOf } from "../telegram/verdict.ts";
import type { PushMessage } from "./sender.ts";
import { type PushSubscription, recordAttempt, targetOf } from "./subscriptions.ts";

const MAX_ATTEMPTS = 8;
const MAX_BOT_TEXT = 4_000;

/** Hands a push to a device's provider, and keeps its answer. */
export async function sendToDevice(
  deps: Deps,
  { id: outboxId, subject, attempts }: DueItem,
  { device, message }: { device: PushSubscription; message: PushMessage },
): Promise<Verdict<never>> {
  const result = await deps.push.send(targetOf(device), message);
  await recordAttempt(deps.db, { subscriptionId: device.id, subject, outboxId, result, now: deps.now() });
  const { state, reason } = result;
  if (state === "accepted") return { state: "done" };
  if (state !== "retry" || attempts + 1 >= MAX_ATTEMPTS) return { state: "failed", reason: reason ?? "" };
  return { state: "wait", scope: "provider", reason, delayMs: result.retryAfterMs ?? backoffMs(attempts) };
}

/** Tells of a push in a private chat. */
export async function sendByBot(
  { telegram }: Deps,
  { attempts }: DueItem,
  { chatId, message: { title, body } }: { chatId: number; message: PushMessage },
): Promise<Verdict<never>> {
  if (!telegram) return { state: "failed", ...why("noBot") };
  const text = `${title}\n${body}`.trim().slice(0, MAX_BOT_TEXT).toWellFormed();
  try {
    await telegram.bot.sendText({ chatId, text });
    return { state: "done" };
  } catch (error) {
    if (error instanceof BotError) return verdictOf(error, attempts);
    throw error;
  }
}
