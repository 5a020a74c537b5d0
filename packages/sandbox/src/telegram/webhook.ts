import { STATUS_CODES } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { StoredWebhook, TelegramHost, Update } from "./state.ts";
import type { UpdateQueue } from "./updates.ts";

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 30_000;
const ANSWER_TIMEOUT_MS = 60_000;

/** Delivers updates to the bot's webhook, in order, each until it is answered 2xx, waiting longer after every failure. */
export class WebhookSender {
  readonly #host: TelegramHost;
  readonly #queue: UpdateQueue;
  readonly #isDown: () => boolean;
  #run: AbortController | null = null;
  #wakeUp: () => void = () => {};

  constructor(host: TelegramHost, queue: UpdateQueue, isDown: () => boolean) {
    this.#host = host;
    this.#queue = queue;
    this.#isDown = isDown;
    queue.whenPushed(() => this.#wakeUp());
  }

  /** Begins to deliver to the webhook now set, if any; an older delivery ends. */
  restart(): void {
    this.stop();
    const { webhook } = this.#host.state;
    if (webhook === null) return;
    this.#run = new AbortController();
    void this.#deliverAll(webhook, this.#run.signal);
  }

  stop(): void {
    this.#run?.abort();
    this.#run = null;
    this.#wakeUp();
  }

  /** To be called when a fault switch changed: Telegram may be back. */
  wake(): void {
    this.#wakeUp();
  }

  async #deliverAll(webhook: StoredWebhook, signal: AbortSignal): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      const update = this.#queue.pending[0];
      if (update === undefined || this.#isDown()) {
        await this.#untilWoken();
        continue;
      }
      const failure = await post(webhook, update, signal);
      if (signal.aborted) return;
      if (failure === null) {
        this.#queue.confirmThrough(update.update_id);
        retryMs = FIRST_RETRY_MS;
        continue;
      }
      webhook.lastErrorDate = this.#host.unixNow;
      webhook.lastErrorMessage = failure;
      this.#host.changed();
      await pause(retryMs, undefined, { signal }).catch(() => {});
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  }

  #untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeUp = resolve;
    });
  }
}

/** Returns Telegram's words for the failure; null when the update was accepted. */
async function post(webhook: StoredWebhook, update: Update, signal: AbortSignal): Promise<string | null> {
  const secret: Record<string, string> =
    webhook.secretToken === null ? {} : { "x-telegram-bot-api-secret-token": webhook.secretToken };
  try {
    const response = await fetch(webhook.url, {
      method: "POST",
      headers: { "content-type": "application/json", ...secret },
      body: JSON.stringify(update),
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    if (response.ok) return null;
    return `Wrong response from the webhook: ${response.status} ${STATUS_CODES[response.status] ?? ""}`.trim();
  } catch (error) {
    return error instanceof Error && error.name === "TimeoutError" ? "Read timeout expired" : "Connection refused";
  }
}
