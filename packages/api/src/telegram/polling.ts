import type { Context } from "../context.ts";
import { reasonOf } from "../errors.ts";
import { pause } from "../pause.ts";
import { type Bot, BotError, type BotUpdate } from "./bot.ts";
import { storeUpdates } from "./inbox.ts";
import type { BotHealth, Telegram } from "./telegram.ts";

const POLL_SECONDS = 25;
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 8_000;

export interface Polling {
  bot: Bot;
  /** Keeps updates; what it has kept is never asked for again. */
  store(updates: readonly BotUpdate[]): Promise<void>;
  log: Context["log"];
  health: BotHealth;
}

/**
 * Long polling. An update is confirmed to Telegram (by the next call's offset) only after it is stored, so a crash repeats it and the
 * store keeps it once.
 */
export async function pollUpdates({ bot, store, log, health }: Polling, signal: AbortSignal): Promise<void> {
  let offset = 0;
  let failures = 0;
  let repeats = 0;
  while (!signal.aborted) {
    try {
      // After an outage the first call does not wait for updates, so that its end is known.
      const updates = await bot.getUpdates(offset, health.running ? POLL_SECONDS : 0, signal);
      health.running = true;
      health.reason = null;
      failures = 0;
      await store(updates);
      // Confirms what was answered last, also where Telegram has begun to count anew far below.
      const next = Math.max(...updates.map(({ update_id }) => update_id + 1));
      const isRepeat = updates.length > 0 && next === offset;
      if (updates.length > 0) offset = next;
      // Telegram answers again what was confirmed: asking faster changes nothing.
      repeats = isRepeat ? repeats + 1 : 0;
      if (isRepeat) await pause(Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** Math.min(repeats - 1, 5)), signal);
    } catch (error) {
      if (signal.aborted) return;
      health.running = false;
      health.reason = reasonOf(error);
      if (failures++ === 0) log.warn({ reason: health.reason }, "Telegram updates cannot be fetched; trying again");
      const wait =
        error instanceof BotError && error.retryAfterMs !== null
          ? error.retryAfterMs
          : Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** Math.min(failures - 1, 5));
      await pause(wait, signal);
    }
  }
}

/** How long a webhook that could not be set is waited with, at first and at most. */
const WEBHOOK_RETRY_MS = 1_000;
const MAX_WEBHOOK_RETRY_MS = 30_000;

/** Makes updates arrive until `signal` aborts: by webhook where Telegram can reach us over https, else by long polling. */
export async function listenForUpdates(
  ctx: Pick<Context, "db" | "bus" | "now" | "log" | "telegram">,
  { bot, webhook, health }: Telegram,
  signal: AbortSignal,
): Promise<void> {
  for (let wait = WEBHOOK_RETRY_MS; !signal.aborted; wait = Math.min(MAX_WEBHOOK_RETRY_MS, wait * 2)) {
    try {
      if (webhook) await bot.setWebhook(webhook.url, webhook.secret);
      else await bot.deleteWebhook();
      health.running = true;
      health.reason = null;
      break;
    } catch (error) {
      health.reason = reasonOf(error);
      // A Bot API that does not know webhooks still answers polls.
      if (!webhook) break;
      ctx.log.warn({ reason: health.reason }, "Failed to set the Telegram webhook; retrying");
      await pause(wait, signal);
    }
  }
  if (webhook) return;
  const store = (updates: readonly BotUpdate[]) => storeUpdates(ctx, updates);
  await pollUpdates({ bot, store, log: ctx.log, health }, signal);
}
