import { BotApiError } from "./bot-api-error.ts";
import type { BotObject } from "./render.ts";
import type { TelegramHost, Update } from "./state.ts";

/** Unconfirmed updates kept; Telegram keeps them for a day. */
const KEPT_UPDATES = 10_000;
const MAX_TIMEOUT_SECONDS = 50;

export type UpdateKind = "message" | "edited_message" | "my_chat_member";

export interface PollRequest {
  offset: number;
  limit: number;
  timeoutSeconds: number;
  /** Aborted when the connection that polls is gone. */
  signal: AbortSignal;
}

interface Poller {
  wake(): void;
  fail(error: BotApiError): void;
}

/** The bot's updates: waiting to be polled, or taken one by one by the webhook sender. */
export class UpdateQueue {
  readonly #host: TelegramHost;
  #poller: Poller | null = null;
  #onPush: () => void = () => {};

  constructor(host: TelegramHost) {
    this.#host = host;
  }

  get pending(): readonly Update[] {
    return this.#host.state.updates;
  }

  get isPolling(): boolean {
    return this.#poller !== null;
  }

  /** Calls back after every new update. One listener: the webhook sender. */
  whenPushed(listener: () => void): void {
    this.#onPush = listener;
  }

  push(kind: UpdateKind, content: BotObject): void {
    if (!this.#wants(kind)) return;
    const { state } = this.#host;
    state.updates.push({ update_id: state.next.updateId++, [kind]: content });
    if (state.updates.length > KEPT_UPDATES) state.updates.shift();
    this.#host.changed();
    this.#poller?.wake();
    this.#onPush();
  }

  /** An empty list means the default again. Affects only updates that come later. */
  allow(kinds: unknown): void {
    if (!Array.isArray(kinds)) return;
    this.#host.state.allowedUpdates = kinds.length === 0 ? null : kinds.map(String);
    this.#host.changed();
  }

  confirmThrough(updateId: number): void {
    const { state } = this.#host;
    state.updates = state.updates.filter((update) => update.update_id > updateId);
    this.#host.changed();
  }

  dropAll(): void {
    this.#host.state.updates = [];
    this.#host.changed();
  }

  /** Long poll. Ends an older one still waiting with 409. @throws BotApiError 409 */
  async poll(request: PollRequest): Promise<Update[]> {
    if (this.#host.state.webhook !== null) {
      throw conflict(
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      );
    }
    this.endPoll("other getUpdates request; make sure that only one bot instance is running");
    this.#confirm(request.offset);
    if (this.pending.length === 0 && request.timeoutSeconds > 0) await this.#wait(request);
    return this.pending.slice(0, Math.min(Math.max(request.limit, 1), 100));
  }

  endPoll(by: string): void {
    this.#poller?.fail(conflict(`terminated by ${by}`));
  }

  #wants(kind: UpdateKind): boolean {
    const allowed = this.#host.state.allowedUpdates;
    return allowed === null || allowed.includes(kind);
  }

  /** A negative offset keeps only that many of the newest. */
  #confirm(offset: number): void {
    if (offset > 0) this.confirmThrough(offset - 1);
    if (offset < 0) this.#host.state.updates = this.#host.state.updates.slice(offset);
  }

  #wait({ timeoutSeconds, signal }: PollRequest): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        if (this.#poller === poller) this.#poller = null;
        settle();
      };
      const wake = () => finish(resolve);
      const poller = { wake, fail: (error: BotApiError) => finish(() => reject(error)) };
      const timer = setTimeout(wake, Math.min(timeoutSeconds, MAX_TIMEOUT_SECONDS) * 1000);
      this.#poller = poller;
      signal.addEventListener("abort", wake);
    });
  }
}

function conflict(reason: string): BotApiError {
  return new BotApiError(409, `Conflict: ${reason}`);
}
