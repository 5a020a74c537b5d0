import { BotApiError, badRequest } from "./bot-api-error.ts";
import type { StoredGroup, StoredMessage, StoredUser, TelegramState } from "./state.ts";

export interface GroupChat {
  kind: "group";
  /** Its current id. */
  id: number;
  group: StoredGroup;
  messages: StoredMessage[];
}

/** A chat the bot is in. */
export type Chat = { kind: "private"; id: number; user: StoredUser; messages: StoredMessage[] } | GroupChat;

export function groupChat(group: StoredGroup): GroupChat {
  return { kind: "group", id: group.chatId, group, messages: group.messages };
}

export function privateChat(state: TelegramState, user: StoredUser): Chat & { kind: "private" } {
  let chat = state.privateChats.find((candidate) => candidate.userId === user.id);
  if (chat === undefined) {
    chat = { userId: user.id, messages: [] };
    state.privateChats.push(chat);
  }
  return { kind: "private", id: user.id, user, messages: chat.messages };
}

/** The group that has this id, or had it before it was migrated. */
export function findGroup({ group, liveGroup }: TelegramState, id: number): StoredGroup | undefined {
  return [group, liveGroup].find(({ chatId, formerChatIds }) => chatId === id || formerChatIds.includes(id));
}

/** The chat a call names. @throws BotApiError 400 when there is none, or when it lives on under another id */
export function resolveChat(state: TelegramState, chatId: string | undefined): Chat {
  if (chatId === undefined || chatId === "") throw badRequest("chat_id is empty");
  const id = Number(chatId);
  const group = findGroup(state, id);
  if (group !== undefined && group.chatId !== id) {
    throw new BotApiError(400, "Bad Request: group chat was upgraded to a supergroup chat", {
      migrate_to_chat_id: group.chatId,
    });
  }
  if (group !== undefined) return groupChat(group);
  const user = findUser(state, id);
  if (user === undefined) throw badRequest("chat not found");
  return privateChat(state, user);
}

/** @throws BotApiError 403 when the user has blocked the bot or has not written to it yet */
export function assertBotMayWrite(chat: Chat): void {
  if (chat.kind === "group") return;
  if (chat.user.blocked) throw new BotApiError(403, "Forbidden: bot was blocked by the user");
  if (!chat.user.started) {
    throw new BotApiError(403, "Forbidden: bot can't initiate conversation with a user");
  }
}

export function findUser(state: TelegramState, id: number): StoredUser | undefined {
  return state.users.find((user) => user.id === id);
}

export function findMessage(chat: Chat, messageId: number | undefined): StoredMessage | undefined {
  return chat.messages.find((message) => message.messageId === messageId);
}
