import type { StoredItem } from "@pult/api/connection/send-queue.ts";
import { type KeyValueStorage, storageStore } from "@pult/api/connection/send-queue-storage.ts";
import type { Photo } from "@pult/api/media/schema.ts";
import type { FileAttachment } from "@pult/api/support/content.ts";
import type { Message } from "@pult/api/support/schema.ts";
import type { Failure } from "../../../trpc/failure.ts";
import { type Outgoing, type QueueOptions, SendQueue } from "../../thread/send-queue.ts";

/** What an agent writes in a conversation: to the customer, or a note for the team. */
type Reply = {
  conversationId: number;
  kind: "agent" | "note";
  text: string;
  photos: Photo[];
  /** Files of other kinds; missing where there are none. */
  attachments?: FileAttachment[];
  replyTo: Message["replyTo"];
  /** Agents whom a note addresses; missing in what an earlier version left. */
  mentions?: string[];
};

/** A reply that the server has not confirmed yet. */
export type QueuedReply = Outgoing<Reply>;

/** A reply as it is sent. */
export type SentReply = Reply & { clientId: string };

type Options = Pick<QueueOptions<Reply, Message>, "toFailure" | "onSent" | "online" | "setTimer" | "random"> & {
  send(reply: SentReply): Promise<Message>;
  storage: KeyValueStorage;
};

const queueOf = ({ conversationId }: Reply) => String(conversationId);

/** An agent's messages on their way, in order within each conversation, kept over a reload. */
export function createReplyQueue({ storage, send, ...options }: Options, agentId: string): SendQueue<Reply, Message> {
  const prefix = `pult.sendQueue.${agentId}.`;
  takeOver(storage, `pult.outbox.${agentId}.`, prefix);
  const queue = new SendQueue<Reply, Message>({
    ...options,
    send: ({ clientId, body }) => send({ ...body, clientId }),
    store: storageStore(storage, prefix),
    queueOf,
    showsNewAsSending: true,
  });
  void queue.restore();
  return queue;
}

/** Earlier versions kept a reply as it is shown, under another key. */
function takeOver(storage: KeyValueStorage, formerPrefix: string, prefix: string): void {
  try {
    for (const key of storage.keys().filter((one) => one.startsWith(formerPrefix))) {
      const former: QueuedReply = JSON.parse(storage.getItem(key) ?? "");
      const { clientId, createdAt, state, failure, ...body } = former;
      const item: StoredItem<Reply, Failure> = {
        clientId,
        createdAt,
        queue: queueOf(body),
        body,
        state: state === "failed" ? "failed" : "queued",
        reason: failure,
      };
      storage.setItem(prefix + clientId, JSON.stringify(item));
      storage.removeItem(key);
    }
  } catch {
    // A storage that is closed to us, or holds what this program did not write, holds nothing to send.
  }
}
