import type { Media, Message, SendStateEvent, Told } from "@pult/api/chats/schema.ts";
import { createStore } from "zustand/vanilla";
import type { WebClient } from "../../trpc/client.ts";
import { type Failure, toFailure } from "../../trpc/failure.ts";

/** A message of an account that Telegram does not have yet. */
export type Unsent = {
  clientId: string;
  chatId: string;
  text: string;
  /** Files that the server has, in their order. */
  media: readonly Media[];
  replyToMessageId: string | null;
  /** When Telegram sends it; null is now. ISO 8601. */
  scheduleDate: string | null;
  createdAt: string;
  state: "queued" | "sending" | "failed";
  /** The server has it and tries by itself. */
  isAccepted: boolean;
  /** Why the call did not reach the server, or was refused. */
  failure: Failure | null;
  /** Why Telegram did not take it. */
  error: Told | null;
  /** When it is tried again; ISO 8601. */
  retryAt: string | null;
};

type NewMessage = Pick<Unsent, "clientId" | "chatId" | "text" | "media" | "replyToMessageId" | "scheduleDate">;

/** `localStorage`, or nothing where the browser keeps nothing. */
export type Shelf = { read(): string | null; write(value: string): void };

type Options = {
  client: Pick<WebClient, "chats">;
  accountId: string;
  shelf: Shelf;
  /** Telegram had it by the time the server answered. */
  onSent: (message: Message) => void;
  /** Telegram will send it at its time. */
  onScheduled: (chatId: string) => void;
};

/**
 * What one account has to send, until Telegram has it. The server queues and repeats; here it is only shown, handed over in order, and kept
 * over a reload: the same client id again sends nothing twice.
 */
export class SendBox {
  readonly items = createStore<readonly Unsent[]>(() => []);
  readonly #options: Options;
  #handover: Promise<unknown> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
    this.#restore();
  }

  add(message: NewMessage): void {
    const fresh = { state: "queued", isAccepted: false, failure: null, error: null, retryAt: null } as const;
    this.#set((items) => [...items, { ...message, ...fresh, createdAt: new Date().toISOString() }]);
    this.#handOver(message.clientId);
  }

  readonly retry = (clientId: string): void => {
    this.#change(clientId, { state: "queued", failure: null, error: null, retryAt: null });
    this.#handOver(clientId);
  };

  /** No longer shown: it failed, and is not wanted any more. */
  readonly discard = (clientId: string): void =>
    this.#set((items) => items.filter((item) => item.clientId !== clientId));

  /** Telegram has them. */
  confirm(clientIds: readonly (string | null)[]): void {
    if (this.items.getState().some(({ clientId }) => clientIds.includes(clientId)))
      this.#set((items) => items.filter(({ clientId }) => !clientIds.includes(clientId)));
  }

  hear({ chatId, clientId, state, error, retryAt }: SendStateEvent): void {
    const shown = state === "failed" || state === "queued" ? state : "sending";
    // The log has told of the message before.
    if (state === "sent" || state === "read") this.confirm([clientId]);
    else if (state === "scheduled") this.#hasScheduled(chatId, clientId);
    else this.#change(clientId, { state: shown, error, retryAt, isAccepted: true });
  }

  #hasScheduled(chatId: string, clientId: string): void {
    this.discard(clientId);
    this.#options.onScheduled(chatId);
  }

  #handOver(clientId: string): void {
    this.#handover = this.#handover.then(() => this.#send(clientId));
  }

  async #send(clientId: string): Promise<void> {
    const item = this.items.getState().find((one) => one.clientId === clientId);
    if (!item) return;
    const { client, accountId, onSent } = this.#options;
    const { chatId, text, media, replyToMessageId, scheduleDate } = item;
    const [file, ...others] = media.map(({ id }) => ({ id }));
    const files = file && others.length > 0 ? [file, ...others] : file;
    const content = { text, replyToMessageId, scheduleDate, media: files ?? null };
    try {
      const { message } = item.isAccepted
        ? await client.chats.retry.mutate({ accountId, chatId, clientId })
        : await client.chats.send.mutate({ accountId, chatId, clientId, ...content });
      // Its state is told by events, which may be newer than the answer.
      this.#change(clientId, { isAccepted: true });
      if (message.state === "scheduled") this.#hasScheduled(chatId, clientId);
      if (message.state === "sent" || message.state === "read") {
        onSent(message);
        this.confirm([clientId]);
      }
    } catch (error) {
      this.#change(clientId, { state: "failed", failure: toFailure(error) });
    }
  }

  #change(clientId: string, fields: Partial<Unsent>): void {
    this.#set((items) => items.map((item) => (item.clientId === clientId ? { ...item, ...fields } : item)));
  }

  #set(change: (items: readonly Unsent[]) => readonly Unsent[]): void {
    this.items.setState(change, true);
    this.#options.shelf.write(JSON.stringify(this.items.getState()));
  }

  #restore(): void {
    try {
      const kept = JSON.parse(this.#options.shelf.read() ?? "[]") as Unsent[];
      // An earlier version kept none.
      this.items.setState(
        kept.map((item) => ({ ...item, media: item.media ?? [] })),
        true,
      );
    } catch {
      // What this program did not write is nothing to send.
      return;
    }
    for (const { clientId, state } of this.items.getState()) {
      if (state === "failed") continue;
      // Asked with the same client id, the server says what became of it.
      this.#change(clientId, { isAccepted: false });
      this.#handOver(clientId);
    }
  }
}
