import type { Chat, ChatsEvent, Message } from "@pult/api/chats/schema.ts";

/** Chats by id, and where the list goes on. */
export type ChatListState = {
  chats: ReadonlyMap<string, Chat>;
  /** Cursor of the next page; null at the end. */
  next: string | null;
};

/** Whether the account's owner lets the reader write there. */
export const mayActIn = ({ access }: Chat): boolean => access === undefined || access === "write";

/** Pinned first, then the newest message first: the server's order. */
export function listedChats({ chats }: ChatListState): Chat[] {
  const dateOf = ({ lastMessage }: Chat) => lastMessage?.date ?? "";
  return [...chats.values()]
    .filter(({ lastMessage }) => lastMessage !== null)
    .sort((a, b) => {
      if (a.isPinned !== b.isPinned) return a.isPinned ? -1 : 1;
      if (dateOf(a) !== dateOf(b)) return dateOf(a) < dateOf(b) ? 1 : -1;
      return Number(b.id) - Number(a.id);
    });
}

export const withChats = (state: ChatListState, chats: readonly Chat[]): ChatListState => ({
  ...state,
  chats: new Map([...state.chats, ...chats.map((chat) => [chat.id, chat] as const)]),
});

/** Whether what an event changes can be told from what is known; else the list has to be read again. */
export function explains({ chats }: ChatListState, event: ChatsEvent): boolean {
  if (event.type === "newMessage" || event.type === "messageSent") return chats.has(event.chatId);
  if (event.type !== "messageDeleted") return true;
  const last = chats.get(event.chatId)?.lastMessage;
  return !last || !event.messageIds.includes(last.id);
}

/** One event of the account's log. An event that comes twice changes nothing the second time. */
export function withListEvent(state: ChatListState, event: ChatsEvent): ChatListState {
  if (event.type === "chatUpdated") return withChats(state, [event.chat]);
  const chat = "chatId" in event ? state.chats.get(event.chatId) : undefined;
  const changed = chat && changedChat(chat, event);
  return changed ? withChats(state, [changed]) : state;
}

function changedChat(chat: Chat, event: ChatsEvent): Chat | null {
  switch (event.type) {
    case "newMessage":
      return isNewer(event.message, chat.lastMessage)
        ? { ...chat, lastMessage: event.message, unreadCount: chat.unreadCount + 1 }
        : null;
    case "messageSent":
      return isNewer(event.message, chat.lastMessage) ? { ...chat, lastMessage: event.message } : null;
    case "messageEdited":
    case "messageReacted":
      return chat.lastMessage?.id === event.message.id ? { ...chat, lastMessage: event.message } : null;
    case "read":
      return event.direction === "inbox"
        ? { ...chat, readInboxMaxId: event.maxId, unreadCount: event.unreadCount }
        : { ...chat, readOutboxMaxId: event.maxId };
    default:
      return null;
  }
}

const isNewer = (message: Message, last: Message | null): boolean => !last || Number(message.id) > Number(last.id);
