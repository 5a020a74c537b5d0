import { reasonOf } from "@pult/api/errors.ts";
import { pause } from "@pult/api/pause.ts";
import { sweepAll } from "@pult/api/retention/retention.ts";
import type { Bot, BotUpdate } from "@pult/api/support/bot.ts";
import { startOutboxWorker } from "@pult/api/support/outbox-worker.ts";
import { startTelegramInbox, storeUpdates } from "@pult/api/support/telegram-inbox.ts";
import { type BotHealth, pollUpdates } from "@pult/api/support/telegram-polling.ts";
import { wakeSnoozed } from "@pult/api/support/upkeep.ts";
import { keepResealing } from "@pult/api/vault/reseal.ts";
import type { LeaseState } from "@pult/db/leases.ts";
import type { Parts } from "./deps.ts";

/** What runs beside the requests. */
export interface Workers {
  readonly lease: LeaseState;
  /** How Telegram answers the node that holds the lease; null without a bot. */
  readonly botHealth: BotHealth | null;
  /** Stores webhook updates, to be worked off by the node that holds the lease. */
  receiveUpdates(updates: readonly BotUpdate[]): Promise<void>;
  stop(): Promise<void>;
}

const LEASE = "support";
const SNOOZE_MS = 5_000;
const SWEEP_MS = 60 * 60_000;

/** Outbox, Telegram, upkeep and the change to a new key run on one node at a time, by lease. */
export function startWorkers(parts: Parts): Workers {
  const { deps, leases } = parts;
  const botHealth: BotHealth | null = parts.bot ? { running: false, reason: "Not asked yet" } : null;

  async function work(signal: AbortSignal): Promise<void> {
    const { bot, group, system } = parts;
    const outbox = startOutboxWorker({ ...deps, bot, group });
    const upkeep = startUpkeep(parts);
    const inbox = bot ? startTelegramInbox({ ctx: system, bot, group }) : null;
    const resealing = parts.env.ENCRYPTION_KEY_PREVIOUS ? keepResealing(system, signal) : null;
    const telegram = bot && botHealth ? listen(parts, { bot, health: botHealth, signal }) : null;
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
    upkeep.stop();
    await Promise.all([outbox.stop(), inbox?.stop(), telegram, resealing]);
  }

  const withdraw = leases.hold(LEASE, ({ signal }) => work(signal));
  return {
    get lease() {
      return leases.stateOf(LEASE);
    },
    botHealth,
    receiveUpdates: (updates) => storeUpdates(deps, updates),
    stop: withdraw,
  };
}

/** Webhook where Telegram can reach us over https, else long polling. */
async function listen(
  { system, env, secrets, log }: Parts,
  { bot, health, signal }: { bot: Bot; health: BotHealth; signal: AbortSignal },
): Promise<void> {
  const webhook = env.PUBLIC_URL?.startsWith("https:") ? `${env.PUBLIC_URL}/api/webhooks/telegram` : null;
  for (let wait = 1_000; !signal.aborted; wait = Math.min(30_000, wait * 2)) {
    try {
      if (webhook) await bot.setWebhook(webhook, secrets.webhookSecret);
      else await bot.deleteWebhook();
      health.running = true;
      health.reason = null;
      break;
    } catch (error) {
      health.reason = reasonOf(error);
      // A Bot API that does not know webhooks still answers polls.
      if (!webhook) break;
      log.warn({ reason: health.reason }, "The Telegram webhook could not be set; trying again");
      await pause(wait, signal);
    }
  }
  if (!webhook) {
    const store = (updates: readonly BotUpdate[]) => storeUpdates(system, updates);
    await pollUpdates({ bot, store, log, health }, signal);
  }
}

function startUpkeep({ system, log }: Parts): { stop(): void } {
  const every = (ms: number, name: string, task: () => Promise<void>) =>
    setInterval(() => {
      task().catch((error) => log.error({ err: error }, `${name} failed`));
    }, ms);
  const timers = [
    every(SNOOZE_MS, "Waking snoozed conversations", () => wakeSnoozed(system)),
    every(SWEEP_MS, "Sweeping", () => sweepAll(system)),
  ];
  return {
    stop() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
