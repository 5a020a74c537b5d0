import type {
  ConversationDetail,
  ConversationEvent,
  ConversationPage,
  ConversationRow,
  Delivery,
  Message,
} from "@pult/api/support/schema.ts";
import type { WebClient } from "../../../trpc/client.ts";
import { followPersistently } from "../../../trpc/follow.ts";
import { Reading } from "../../../trpc/reading.ts";
import { layNewest, type Run, ThreadStore, withMessage } from "../../thread/thread-store.ts";

export type ThreadState = Run<Message> & { conversation: ConversationDetail };

export function layPage(state: ThreadState | null, page: ConversationPage): ThreadState {
  return { ...layNewest(state, page), conversation: page.conversation };
}

/** The row is newer than the details around it, and has none of its own. */
export function withRow(state: ThreadState, row: ConversationRow): ThreadState {
  return { ...state, conversation: { ...state.conversation, ...row } };
}

/** One event of the log. Each carries its whole subject, so that an event that comes twice changes nothing. */
export function withEvent(state: ThreadState, event: ConversationEvent): ThreadState {
  switch (event.type) {
    case "messageSent":
    case "messageEdited":
      return withMessage(state, event.message);
    case "deliveryChanged":
      return {
        ...state,
        messages: state.messages.map((message) =>
          message.id === event.messageId ? { ...message, deliveries: event.deliveries } : message,
        ),
      };
    case "conversationChanged":
      return withRow(state, event.conversation);
  }
}

const isSettled = ({ state }: Delivery): boolean => state !== "pending";

type Conversation = { client: WebClient; id: number; onStored: (message: Message) => void };

/** One conversation. It stays in memory when the agent looks at another one, and resumes where it was. */
export class ConversationStore extends ThreadStore<Message, ConversationPage, ConversationEvent, ThreadState> {
  readonly #conversation: Conversation;
  readonly #details = new Reading<ConversationEvent>();
  #isRefreshing = false;
  #detailsWanted = false;

  /** `onStored` hears of each message the log says is stored. */
  constructor(conversation: Conversation) {
    const { client, id, onStored } = conversation;
    super(
      {
        page: (beforeId, limit) => client.support.conversation.query({ conversationId: id, beforeId, limit }),
        follow: (handlers) =>
          followPersistently<ConversationEvent, ConversationPage>(
            (input, listeners) => client.support.onConversation.subscribe({ ...input, conversationId: id }, listeners),
            handlers,
          ),
      },
      {
        lay: layPage,
        apply: withEvent,
        onEvent: (event) => {
          this.#details.hear(event);
          if (event.type === "messageSent") onStored(event.message);
          if (event.type === "deliveryChanged" && event.deliveries.some(isSettled)) void this.#refreshDetails();
        },
        onPage: (messages) => {
          for (const message of messages) onStored(message);
        },
      },
    );
    this.#conversation = conversation;
  }

  applyRow(row: ConversationRow): void {
    this.change((thread) => withRow(thread, row));
  }

  /** A delivery tells of devices and topics, which no event carries. */
  async #refreshDetails(): Promise<void> {
    this.#detailsWanted = true;
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    const { client, id } = this.#conversation;
    while (this.#detailsWanted) {
      this.#detailsWanted = false;
      // Without an answer the old details stay; the next delivery or visit asks again.
      const ask = () => client.support.conversation.query({ conversationId: id, limit: 1 });
      const read = await this.#details.read(ask).catch(() => null);
      if (!read) continue;
      const { conversation } = read.answer;
      this.change((thread) => read.heard.reduce(withEvent, { ...thread, conversation }));
    }
    this.#isRefreshing = false;
  }
}
