import { sweepByRetention } from "@pult/api/auth/retention/retention.ts";
import { pause } from "@pult/api/pause.ts";
import { keepResealing } from "@pult/api/reseal.ts";
import type { BotUpdate } from "@pult/api/support/bot.ts";
import { startOutboxWorker } from "@pult/api/support/outbox-worker.ts";
import { startTelegramInbox, storeUpdates, type TelegramInbox } from "@pult/api/support/telegram-inbox.ts";
import { type BotHealth, pollUpdates } from "@pult/api/support/telegram-polling.ts";
import { sweepOld, wakeSnoozed } from "@pult/api/support/upkeep.ts";
import type { Parts } from "./deps.ts";

/** What runs beside the requests. */
export interface Workers {
  botHealth: BotHealth | null;
  /** Stores webhook updates, to be worked off by whichever node has the lease. */
  receiveUpdates(updates: readonly BotUpdate[]): Promise<void>;
  stop(): Promise<void>;
}

const LEASE_RETRY_MS = 2_000;
const SNOOZE_MS = 5_000;
const SWEEP_MS = 60 * 60_000;

/** Outbox, Telegram, upkeep and the change to a new key run on one node at a time, by lease. */
export function startWorkers(parts: Parts): Workers {
  const { log, deps } = parts;
  const stopping = new AbortController();
  const botHealth: BotHealth | null = parts.bot ? { running: false, reason: "Not asked yet" } : null;
  let inbox: TelegramInbox | null = null;

  async function hold(): Promise<void> {
    while (!stopping.signal.aborted) {
      const lease = await parts.database.tryLease("support").catch(() => null);
      if (lease) {
        await work(AbortSignal.any([stopping.signal, lease.lost]));
        await lease.release();
      } else await pause(LEASE_RETRY_MS, stopping.signal);
    }
  }

  async function work(signal: AbortSignal): Promise<void> {
    const outbox = startOutboxWorker({ ...deps, bot: parts.bot, group: parts.group });
    const upkeep = startUpkeep(parts);
    const desk = parts.bot ? { ctx: parts.system, bot: parts.bot, group: parts.group } : null;
    inbox = desk ? startTelegramInbox(desk) : null;
    const resealing = parts.env.ENCRYPTION_KEY_PREVIOUS ? keepResealing(parts.system, signal) : null;
    const telegram = inbox && botHealth ? listen(parts, { inbox, health: botHealth, signal }) : null;
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
    upkeep.stop();
    await Promise.all([outbox.stop(), inbox?.stop(), telegram, resealing]);
    inbox = null;
  }

  const held = hold().catch((error) => log.error({ err: error }, "The workers stopped"));
  return {
    botHealth,
    async receiveUpdates(updates) {
      if (inbox) await inbox.receive(updates);
      else await storeUpdates(deps.db, updates, deps.now());
    },
    async stop() {
      stopping.abort();
      await held;
    },
  };
}

/** Webhook where Telegram can reach us over https, else long polling. */
async function listen(
  { bot, env, secrets, log }: Parts,
  { inbox, health, signal }: { inbox: TelegramInbox; health: BotHealth; signal: AbortSignal },
): Promise<void> {
  if (!bot) return;
  const webhook = env.PUBLIC_URL?.startsWith("https:") ? `${env.PUBLIC_URL}/api/webhooks/telegram` : null;
  for (let wait = 1_000; !signal.aborted; wait = Math.min(30_000, wait * 2)) {
    try {
      if (webhook) await bot.setWebhook(webhook, secrets.webhookSecret);
      else await bot.deleteWebhook();
      health.running = true;
      health.reason = null;
      break;
    } catch (error) {
      health.reason = error instanceof Error ? error.message : String(error);
      // A Bot API that does not know webhooks still answers polls.
      if (!webhook) break;
      log.warn({ reason: health.reason }, "The Telegram webhook could not be set; trying again");
      await pause(wait, signal);
    }
  }
  if (!webhook) await pollUpdates({ bot, inbox, log, health }, signal);
}

function startUpkeep({ system, log }: Parts): { stop(): void } {
  const every = (ms: number, name: string, task: () => Promise<void>) =>
    setInterval(() => {
      task().catch((error) => log.error({ err: error }, `${name} failed`));
    }, ms);
  const timers = [
    every(SNOOZE_MS, "Waking snoozed conversations", () => wakeSnoozed(system)),
    every(SWEEP_MS, "Sweeping", () => sweepOld(system)),
    every(SWEEP_MS, "Deleting what is kept no longer", () => sweepByRetention(system)),
  ];
  return {
    stop() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
