import type { WorkerSpec } from "../workers.ts";
import { watchGroup } from "./group-health.ts";
import { startTelegramInbox, type TelegramReceiver } from "./inbox.ts";
import { adoptMessages } from "./messages.ts";
import { listenForUpdates } from "./polling.ts";
import { botLease } from "./telegram.ts";

/** Takes updates in and works them off, on the node that holds the bot's lease. */
export const telegramWorker = (receivers: readonly TelegramReceiver[]): WorkerSpec => ({
  name: "telegram.updates",
  lease: ({ telegram }) => (telegram ? botLease(telegram.botId) : null),
  async run(ctx, signal) {
    const { telegram } = ctx;
    if (!telegram) return;
    await adoptMessages(ctx.db, telegram.botId);
    const inbox = startTelegramInbox({ ctx, telegram, receivers });
    const listening = listenForUpdates(ctx, telegram, signal);
    const watching = watchGroup(ctx, telegram, signal);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    await Promise.all([inbox.stop(), listening, watching]);
  },
});
