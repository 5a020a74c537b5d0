import type { Connection } from "@pult/api/connection/connection.ts";
import {
  createOutbox,
  type OutboxItem as Item,
  type KeptItem,
  type Outbox as Mechanism,
} from "@pult/api/connection/outbox.ts";
import { type KeyValueStorage, storageStore } from "@pult/api/connection/outbox-store.ts";
import type { Message, Photo } from "@pult/api/support/schema.ts";
import { type Failure, sendFailure } from "../../../trpc/failure.ts";

type Body = {
  conversationId: number;
  kind: "agent" | "note";
  text: string;
  photos: Photo[];
  replyTo: Message["replyTo"];
};

/** A message that the server has not confirmed yet. */
export type OutboxItem = Body & {
  clientId: string;
  createdAt: string;
  /** `waiting` tries again by itself; `failed` waits for a person. */
  state: "sending" | "waiting" | "failed";
  failure: Failure | null;
};

export type OutboxPorts = {
  /** Delivers one item. The same client id twice is stored once. */
  send(item: OutboxItem): Promise<Message>;
  toFailure(error: unknown): Failure;
  onSent(message: Message): void;
  storage: KeyValueStorage;
  online?: Pick<Connection, "get" | "subscribe">;
  setTimer?(run: () => void, delayMs: number): void;
  random?(): number;
};

const KEY = "pult.outbox.";

/** As it is shown and as it is kept. What has only just been written looks as if it were under way. */
function shown({ body, clientId, createdAt, state, reason, isLate }: Item<Body, Failure>): OutboxItem {
  const waiting = isLate ? "waiting" : "sending";
  return { ...body, clientId, createdAt, state: state === "queued" ? waiting : state, failure: reason };
}

const codec = {
  encode: (item: KeptItem<Body, Failure>) => shown({ ...item, isLate: true }),
  decode({ clientId, createdAt, state, failure, ...body }: OutboxItem): KeptItem<Body, Failure> {
    const isFailed = state === "failed";
    const lane = String(body.conversationId);
    return { clientId, createdAt, lane, body, state: isFailed ? "failed" : "queued", reason: failure };
  },
};

/** An agent's messages on their way, in order within each conversation, kept over a reload. */
export class Outbox {
  readonly #mechanism: Mechanism<Body, Failure>;
  #items: readonly OutboxItem[] = [];

  constructor({ send, toFailure, onSent, storage, ...ports }: OutboxPorts, agentId: string) {
    this.#mechanism = createOutbox<Body, Message, Failure>({
      ...ports,
      send: (item) => send(shown(item)),
      toFailure: (error) => sendFailure(toFailure(error)),
      store: storageStore(storage, `${KEY}${agentId}.`, codec),
      onSent,
    });
    this.#mechanism.subscribe(() => {
      this.#items = this.#mechanism.get().map(shown);
    });
    void this.#mechanism.restore();
  }

  readonly snapshot = (): readonly OutboxItem[] => this.#items;

  readonly subscribe = (listener: () => void): (() => void) => this.#mechanism.subscribe(listener);

  add({ clientId, createdAt, ...body }: Omit<OutboxItem, "state" | "failure">): void {
    this.#mechanism.add({ clientId, createdAt, body, lane: String(body.conversationId) });
  }

  /** Tries everything that waits. */
  flush(): void {
    this.#mechanism.flush();
  }

  retry(clientId: string): void {
    this.#mechanism.retry(clientId);
  }

  /** Forgets an item that was never stored. */
  discard(clientId: string): void {
    this.#mechanism.discard(clientId);
  }

  /** The server has it, as its log says. */
  confirm({ clientId }: Pick<Message, "clientId">): void {
    if (clientId) this.#mechanism.confirm(clientId);
  }
}
