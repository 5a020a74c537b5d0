import type { Connection } from "@pult/api/connection/connection.ts";
import {
  type SendQueue as ClientQueue,
  createSendQueue,
  type QueuedItem,
  type SendFailure,
  type SendQueueStorage,
} from "@pult/api/connection/send-queue.ts";
import { createStore } from "zustand/vanilla";
import type { Failure } from "../../trpc/failure.ts";

/** A fresh id: 128 random bits, hex. `crypto.randomUUID` is missing on plain http, `getRandomValues` is not. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A message that the server has not confirmed yet, as the thread shows it. */
export type Outgoing<Body, Reason = Failure> = Body & {
  clientId: string;
  createdAt: string;
  /** `waiting` tries again by itself; `failed` waits for a person. */
  state: "sending" | "waiting" | "failed";
  failure: Reason | null;
};

/** An attempt that says itself why it failed. */
export class SendError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.key ?? failure.kind);
    this.failure = failure;
  }
}

export type QueueOptions<Body, Sent, Reason = Failure> = {
  /** Delivers one item. The same client id twice is stored once. */
  send(item: QueuedItem<Body, Reason>): Promise<Sent>;
  toFailure(error: unknown): SendFailure<Reason>;
  onSent?(sent: Sent, item: QueuedItem<Body, Reason>): void;
  onFailed?(): void;
  store: SendQueueStorage<Body, Reason>;
  /** Items of one queue leave in order. */
  queueOf(body: Body): string;
  /** What has only just been written looks as if it were under way. */
  showsNewAsSending: boolean;
  online?: Pick<Connection, "get" | "subscribe">;
  setTimer?(run: () => void, delayMs: number): void;
  random?(): number;
};

type NewItem<Body> = Body & { clientId: string; createdAt: string };

/** What a thread has to send, kept until the server has it. */
export class SendQueue<Body extends object, Sent, Reason = Failure> {
  readonly items = createStore<readonly Outgoing<Body, Reason>[]>(() => []);
  readonly #options: Pick<QueueOptions<Body, Sent, Reason>, "queueOf" | "showsNewAsSending">;
  readonly #queue: ClientQueue<Body, Reason>;

  constructor(options: QueueOptions<Body, Sent, Reason>) {
    const { queueOf, showsNewAsSending, onFailed, ...rest } = options;
    this.#options = { queueOf, showsNewAsSending };
    this.#queue = createSendQueue<Body, Sent, Reason>({
      ...rest,
      ...(onFailed ? { onFailed: () => onFailed() } : {}),
    });
    this.#queue.subscribe(() => {
      this.items.setState(
        this.#queue.get().map((item) => this.#shown(item)),
        true,
      );
    });
  }

  /** Takes up what an earlier visit left, without sending it. */
  restore(): Promise<void> {
    return this.#queue.restore();
  }

  add({ clientId, createdAt, ...rest }: NewItem<Body>): void {
    // What is left of a new item without its two own fields is the body.
    const body = rest as unknown as Body;
    this.#queue.add({ clientId, createdAt, body, queue: this.#options.queueOf(body) });
  }

  find(clientId: string): Outgoing<Body, Reason> | undefined {
    return this.items.getState().find((item) => item.clientId === clientId);
  }

  /** Changes an unsent item, for example when a part of it has been uploaded. */
  update(clientId: string, change: (body: Body) => Body, options?: { keep: boolean }): void {
    this.#queue.update(clientId, change, options);
  }

  /** Tries everything that waits. */
  readonly flush = (): void => this.#queue.flush();

  readonly retry = (clientId: string): void => this.#queue.retry(clientId);

  /** Forgets an item that was never stored. */
  readonly discard = (clientId: string): void => this.#queue.discard(clientId);

  /** The server has it, as its log says. */
  confirm({ clientId }: { clientId: string | null }): void {
    if (clientId) this.#queue.confirm(clientId);
  }

  stop(): void {
    this.#queue.stop();
  }

  #shown({ body, clientId, createdAt, state, reason, isLate }: QueuedItem<Body, Reason>): Outgoing<Body, Reason> {
    const queued = isLate || !this.#options.showsNewAsSending ? "waiting" : "sending";
    return { ...body, clientId, createdAt, state: state === "queued" ? queued : state, failure: reason };
  }
}
