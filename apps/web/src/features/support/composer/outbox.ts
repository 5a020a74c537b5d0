import type { Message, Photo } from "@pult/api/support/schema.ts";
import { type Failure, isTransient } from "../../../trpc/failure.ts";

/** A message that the server has not confirmed yet. */
export type OutboxItem = {
  clientId: string;
  conversationId: number;
  kind: "agent" | "note";
  text: string;
  photos: Photo[];
  replyTo: Message["replyTo"];
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
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> & { keys(): string[] };
  setTimer(run: () => void, delayMs: number): void;
};

const KEY = "pult.outbox.";
const RETRY_CAP_MS = 30_000;

/**
 * Messages on their way: one after the other in each conversation, kept in storage until the server has them, so that neither a lost
 * connection nor a reload loses one, and repeated under the same client id, so that none is stored twice.
 */
export class Outbox {
  readonly #ports: OutboxPorts;
  readonly #prefix: string;
  readonly #listeners = new Set<() => void>();
  readonly #attempts = new Map<string, number>();
  readonly #busy = new Set<number>();
  #items: readonly OutboxItem[];

  constructor(ports: OutboxPorts, agentId: string) {
    this.#ports = ports;
    this.#prefix = `${KEY}${agentId}.`;
    this.#items = this.#restore();
  }

  readonly snapshot = (): readonly OutboxItem[] => this.#items;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  add(item: Omit<OutboxItem, "state" | "failure">): void {
    const added: OutboxItem = { ...item, state: "sending", failure: null };
    this.#keep(added);
    this.#set([...this.#items, added]);
    void this.#run(item.conversationId);
  }

  /** Tries everything that waits; called when the connection is back. */
  flush(): void {
    for (const conversationId of new Set(this.#items.map((item) => item.conversationId)))
      void this.#run(conversationId);
  }

  retry(clientId: string): void {
    this.#attempts.delete(clientId);
    this.#change(clientId, { state: "waiting", failure: null });
    this.flush();
  }

  /** Forgets an item that was never stored. */
  discard(clientId: string): void {
    this.#drop(clientId);
  }

  /** The server has it, as its log says: the answer to our own call may have been lost. */
  confirm(message: Pick<Message, "clientId">): void {
    if (message.clientId && this.#items.some((item) => item.clientId === message.clientId))
      this.#drop(message.clientId);
  }

  async #run(conversationId: number): Promise<void> {
    if (this.#busy.has(conversationId)) return;
    this.#busy.add(conversationId);
    try {
      for (;;) {
        const next = this.#items.find((item) => item.conversationId === conversationId && item.state !== "failed");
        if (!next || !(await this.#attempt(next))) return;
      }
    } finally {
      this.#busy.delete(conversationId);
    }
  }

  /** Whether the next of the conversation may go. */
  async #attempt(item: OutboxItem): Promise<boolean> {
    this.#change(item.clientId, { state: "sending" });
    try {
      const message = await this.#ports.send(item);
      this.#ports.onSent(message);
      this.#drop(item.clientId);
      return true;
    } catch (error) {
      const failure = this.#ports.toFailure(error);
      if (!isTransient(failure)) {
        this.#change(item.clientId, { state: "failed", failure });
        return true;
      }
      this.#change(item.clientId, { state: "waiting", failure });
      this.#retryLater(item.clientId, failure);
      return false;
    }
  }

  #retryLater(clientId: string, failure: Failure): void {
    const attempt = this.#attempts.get(clientId) ?? 0;
    this.#attempts.set(clientId, attempt + 1);
    const asked = (failure.retryAfterSeconds ?? 0) * 1000;
    this.#ports.setTimer(() => this.flush(), Math.max(asked, Math.min(1000 * 2 ** attempt, RETRY_CAP_MS)));
  }

  #change(clientId: string, change: Partial<OutboxItem>): void {
    this.#set(this.#items.map((item) => (item.clientId === clientId ? { ...item, ...change } : item)));
    const changed = this.#items.find((item) => item.clientId === clientId);
    if (changed) this.#keep(changed);
  }

  #drop(clientId: string): void {
    this.#attempts.delete(clientId);
    try {
      this.#ports.storage.removeItem(this.#prefix + clientId);
    } catch {}
    this.#set(this.#items.filter((item) => item.clientId !== clientId));
  }

  #keep(item: OutboxItem): void {
    try {
      this.#ports.storage.setItem(this.#prefix + item.clientId, JSON.stringify(item));
    } catch {
      // A browser that keeps nothing still sends; only a reload would lose the item.
    }
  }

  #restore(): OutboxItem[] {
    try {
      const keys = this.#ports.storage.keys().filter((key) => key.startsWith(this.#prefix));
      const items = keys.flatMap((key): OutboxItem[] => {
        const stored = this.#ports.storage.getItem(key);
        return stored ? [JSON.parse(stored)] : [];
      });
      return items
        .map((item): OutboxItem => (item.state === "failed" ? item : { ...item, state: "waiting" }))
        .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
    } catch {
      return [];
    }
  }

  #set(items: readonly OutboxItem[]): void {
    this.#items = items;
    for (const listener of this.#listeners) listener();
  }
}
