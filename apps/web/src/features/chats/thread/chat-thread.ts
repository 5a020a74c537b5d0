import type { ChatsEvent, Message, Page } from "@pult/api/chats/schema.ts";
import type { WebClient } from "../../../trpc/client.ts";
import { layNewest, type Run, type ThreadSource, ThreadStore, withMessage } from "../../thread/thread-store.ts";

/** A stored message as a thread holds it: ids of one chat are numbers that grow. */
export type ChatMessage = Omit<Message, "id" | "state"> & {
  id: number;
  createdAt: string;
  sendState: Message["state"];
};
export type ChatRun = Run<ChatMessage>;

export function toChatMessage({ state, ...message }: Message): ChatMessage {
  return { ...message, id: Number(message.id), createdAt: message.date, sendState: state };
}

const toRun = ({ items, hasMore }: Page<Message>): ChatRun => ({
  messages: items.map(toChatMessage).reverse(),
  hasMore,
});

/** One event of the account's log, on the thread of its chat. */
export function withThreadEvent(state: ChatRun, event: ChatsEvent): ChatRun {
  switch (event.type) {
    case "newMessage":
    case "messageSent":
    case "messageEdited":
    case "messageReacted":
      return withMessage<ChatMessage, ChatRun>(state, toChatMessage(event.message));
    case "messageDeleted":
      return { ...state, messages: state.messages.filter(({ id }) => !event.messageIds.includes(String(id))) };
    case "read":
      return event.direction === "outbox" ? withReadUpTo(state, Number(event.maxId)) : state;
    default:
      return state;
  }
}

const withReadUpTo = (state: ChatRun, maxId: number): ChatRun => ({
  ...state,
  messages: state.messages.map((message) =>
    message.sendState === "sent" && message.id <= maxId ? { ...message, sendState: "read" } : message,
  ),
});

type Options = {
  client: WebClient;
  accountId: string;
  chatId: string;
  follow: ThreadSource<ChatMessage, ChatRun, ChatsEvent>["follow"];
  /** The server has these messages. */
  onStored: (messages: readonly ChatMessage[]) => void;
};

const MAX_PAGE = 100;

/** The messages of one chat, kept current by its account's log. */
export class ChatThread extends ThreadStore<ChatMessage, ChatRun, ChatsEvent, ChatRun> {
  constructor({ client, accountId, chatId, follow, onStored }: Options) {
    super(
      {
        async page(before, limit) {
          const offset = before === undefined ? {} : { offsetId: before };
          const input = { accountId, chatId, limit: Math.min(limit, MAX_PAGE), ...offset };
          return toRun(await client.chats.messages.query(input));
        },
        follow,
      },
      {
        lay: layNewest,
        apply: withThreadEvent,
        onPage: onStored,
        onEvent: (event) => {
          if (event.type === "messageSent") onStored([toChatMessage(event.message)]);
        },
      },
    );
  }
}
