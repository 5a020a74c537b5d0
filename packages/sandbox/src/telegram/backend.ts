import { randomInt } from "node:crypto";
import { FileStore } from "../file-store.ts";
import { TelegramFaults } from "./faults.ts";
import type { Params } from "./params.ts";
import type { StoredFile, TelegramHost } from "./state.ts";
import { UpdateQueue } from "./updates.ts";
import { WebhookSender } from "./webhook.ts";

/** The parts of Telegram's servers that Bot API methods and users' actions share. */
export class TelegramBackend {
  readonly host: TelegramHost;
  readonly files: FileStore<StoredFile>;
  readonly faults: TelegramFaults;
  readonly updates: UpdateQueue;
  readonly webhook: WebhookSender;

  constructor(host: TelegramHost) {
    this.host = host;
    this.files = new FileStore<StoredFile>(host);
    this.updates = new UpdateQueue(host);
    this.webhook = new WebhookSender(host, this.updates, () => this.faults.current().telegramDown);
    this.faults = new TelegramFaults({
      now: host.now,
      changed: ({ dropConnections }) => {
        if (dropConnections === true || this.faults.current().telegramDown) host.cutConnections();
        this.webhook.wake();
      },
    });
  }
}

/** Digits as in Telegram's 64-bit ids of albums. */
export function longId(): string {
  return `1${Array.from({ length: 3 }, () => String(randomInt(1_000_000)).padStart(6, "0")).join("")}`;
}

export interface MethodCall {
  backend: TelegramBackend;
  params: Params;
  /** Aborted when the caller's connection is gone. */
  signal: AbortSignal;
}

/** Returns the `result`. @throws BotApiError */
export type BotMethod = (call: MethodCall) => unknown;
