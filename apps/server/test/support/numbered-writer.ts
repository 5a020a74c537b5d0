import { pause } from "@pult/api/pause.ts";
import { call, type Peer } from "./calls.ts";
import { ADMIN_KEY } from "./installation.ts";
import { numberedText } from "./ledger.ts";

export interface WriterOptions {
  name: string;
  /** Sends once. False or a rejection: it may or may not have been stored, and is sent again under the same client id. */
  post(message: { text: string; clientId: string }): Promise<boolean>;
  /** Rest between two messages, milliseconds. */
  everyMs?: number;
  onAcknowledged?(): void;
}

const REST_AFTER_REFUSAL_MS = 50;

/** Sends one numbered message after the other and gives none up: the same client id until it is acknowledged. */
export class NumberedWriter {
  readonly name: string;
  /** Messages that were acknowledged: numbers 1 to this. */
  acknowledged = 0;
  readonly #options: WriterOptions;

  constructor(options: WriterOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Writes until the signal; a message under way is finished first. @throws Error when one is not acknowledged within a minute */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.write();
      if (this.#options.everyMs) await pause(this.#options.everyMs, stop);
    }
  }

  /** Writes one message and waits for its acknowledgement. */
  async write(): Promise<void> {
    const number = this.acknowledged + 1;
    const message = { text: numberedText({ writer: this.name, number }), clientId: `${this.name}-${number}` };
    const limit = AbortSignal.timeout(60_000);
    for (;;) {
      if (await this.#options.post(message).catch(() => false)) break;
      if (limit.aborted) throw new Error(`${message.text} was not acknowledged within a minute`);
      await pause(REST_AFTER_REFUSAL_MS, limit);
    }
    this.acknowledged = number;
    this.#options.onAcknowledged?.();
  }
}

/** One attempt, within five seconds. @returns whether it was acknowledged */
export async function postOnce(server: Peer, path: string, json: unknown, token = ADMIN_KEY): Promise<boolean> {
  const { status } = await call(server, path, { token, json, signal: AbortSignal.timeout(5_000) });
  return status === 200;
}

/** Over the documented REST route, as the operator's own backend would. */
export const postAsCustomer = (server: Peer, userId: string, message: { text: string; clientId: string }) =>
  postOnce(server, "/send_message", { user_id: userId, message: message.text, client_id: message.clientId });
