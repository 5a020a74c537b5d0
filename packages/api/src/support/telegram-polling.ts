import type { Context } from "../context.ts";
import { reasonOf } from "../errors.ts";
import { pause } from "../pause.ts";
import { type Bot, BotError, type BotUpdate } from "./bot.ts";

const POLL_SECONDS = 25;
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 8_000;

/** Whether Telegram answers, for health and status. */
export interface BotHealth {
  running: boolean;
  reason: string | null;
}

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
  while (!signal.aborted) {
    try {
      // After an outage the first call does not wait for updates, so that its end is known.
      const updates = await bot.getUpdates(offset, health.running ? POLL_SECONDS : 0, signal);
      health.running = true;
      health.reason = null;
      failures = 0;
      await store(updates);
      for (const { update_id } of updates) offset = Math.max(offset, update_id + 1);
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
