import type { Connection } from "@pult/api/connection/connection.ts";
import type { Message } from "@pult/api/support/schema.ts";
import type { WebClient } from "../../trpc/client.ts";
import { sendFailure, toFailure } from "../../trpc/failure.ts";
import { DraftStore } from "./composer/draft-store.ts";
import { createReplyQueue, type SentReply } from "./composer/reply-queue.ts";
import { RowOverlay } from "./inbox/compose-rows.ts";
import { ConversationStore } from "./thread/thread-store.ts";

/** Threads kept in memory, so that going back to one is instant. */
const MAX_THREADS = 20;

function send(client: WebClient, item: SentReply): Promise<{ message: Message }> {
  const { conversationId, text, clientId } = item;
  if (item.kind === "note") {
    return client.support.note.mutate({ conversationId, text, clientId, mentions: item.mentions ?? [] });
  }
  const photoIds = [...item.photos, ...(item.attachments ?? [])].map(({ id }) => id);
  return client.support.reply.mutate({ conversationId, text, clientId, photoIds, replyToId: item.replyTo?.id });
}

type DeskOptions = { client: WebClient; connection: Connection; agent: { id: string; name: string } };

/** What one signed-in agent's browser holds between screens: live rows, open threads, drafts and messages on their way. */
export class Desk {
  readonly client: WebClient;
  readonly agent: { id: string; name: string };
  readonly overlay = new RowOverlay();
  readonly drafts: DraftStore;
  readonly sendQueue: ReturnType<typeof createReplyQueue>;
  readonly #threads = new Map<number, ConversationStore>();

  constructor({ client, connection, agent }: DeskOptions) {
    this.client = client;
    this.agent = agent;
    this.drafts = new DraftStore(localStorage, agent.id);
    this.sendQueue = createReplyQueue(
      {
        send: async (item) => (await send(client, item)).message,
        toFailure: (error) => sendFailure(toFailure(error)),
        onSent: (message) => this.#threads.get(message.conversationId)?.applyStored(message),
        storage: {
          keys: () => Object.keys(localStorage),
          getItem: (key) => localStorage.getItem(key),
          setItem: (key, value) => localStorage.setItem(key, value),
          removeItem: (key) => localStorage.removeItem(key),
        },
        online: connection,
      },
      agent.id,
    );
  }

  /** The one store of a conversation. */
  thread(conversationId: number): ConversationStore {
    const known = this.#threads.get(conversationId);
    const store =
      known ??
      new ConversationStore({
        client: this.client,
        id: conversationId,
        onStored: (message) => this.sendQueue.confirm(message),
      });
    // Last used goes last; the one unused for longest is let go.
    this.#threads.delete(conversationId);
    this.#threads.set(conversationId, store);
    for (const [id] of this.#threads) {
      if (this.#threads.size <= MAX_THREADS) break;
      this.#threads.delete(id);
    }
    return store;
  }

  /** The thread, if it is in memory. */
  openThread(conversationId: number): ConversationStore | undefined {
    return this.#threads.get(conversationId);
  }
}
