import type { StoredItem } from "@pult/api/connection/send-queue.ts";
import { type KeyValueStorage, storageStore } from "@pult/api/connection/send-queue-storage.ts";
import type { Message, Photo } from "@pult/api/support/schema.ts";
import type { Failure } from "../../../trpc/failure.ts";
import { type Outgoing, type QueueOptions, SendQueue } from "../../thread/send-queue.ts";

type Body = {
  conversationId: number;
  kind: "agent" | "note";
  text: string;
  photos: Photo[];
  replyTo: Message["replyTo"];
};

/** A message that the server has not confirmed yet. */
export type QueuedItem = Outgoing<Body>;

/** A message as it is sent. */
export type Sending = Body & { clientId: string };

type Ports = Pick<QueueOptions<Body, Message>, "toFailure" | "online" | "setTimer" | "random"> & {
  send(item: Sending): Promise<Message>;
  onSent(message: Message): void;
  storage: KeyValueStorage;
};

const KEY = "pult.outbox.";
const threadOf = ({ conversationId }: Body) => String(conversationId);

const codec = {
  encode: ({ clientId, createdAt, body, state, reason }: StoredItem<Body, Failure>): QueuedItem => ({
    ...body,
    clientId,
    createdAt,
    state: state === "failed" ? "failed" : "waiting",
    failure: reason,
  }),
  decode({ clientId, createdAt, state, failure, ...body }: QueuedItem): StoredItem<Body, Failure> {
    const isFailed = state === "failed";
    return { clientId, createdAt, lane: threadOf(body), body, state: isFailed ? "failed" : "queued", reason: failure };
  },
};

/** An agent's messages on their way, in order within each conversation, kept over a reload. */
export class Outbox extends SendQueue<Body, Message> {
  constructor({ storage, send, ...ports }: Ports, agentId: string) {
    super({
      ...ports,
      send: ({ clientId, body }) => send({ ...body, clientId }),
      store: storageStore(storage, `${KEY}${agentId}.`, codec),
      threadOf,
      showsNewAsSending: true,
    });
    void this.restore();
  }
}
