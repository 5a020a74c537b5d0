import type { Chat } from "./chats.ts";
import { BLANK, type StoredMessage, type TelegramHost } from "./state.ts";
import { toSandboxMessage } from "./views.ts";

/** Messages kept per private chat and per topic; the oldest go first. */
const KEPT_PER_THREAD = 200;
const KEPT_PER_GROUP = 2_000;

export type MessageDraft = Pick<StoredMessage, "fromId"> & Partial<Omit<StoredMessage, "messageId" | "date">>;

/** Puts a message into its chat under the next id of the sequence the chat counts by. */
export function appendMessage(host: TelegramHost, chat: Chat, draft: MessageDraft): StoredMessage {
  const messageId = takeMessageId(host, chat);
  const isTopicStart = draft.service?.kind === "topicCreated";
  const message: StoredMessage = {
    ...BLANK,
    ...draft,
    messageId,
    threadId: isTopicStart ? messageId : (draft.threadId ?? null),
    date: host.unixNow,
  };
  chat.messages.push(message);
  trim(chat, message.threadId);
  announceMessage(host, chat, message);
  return message;
}

/** Announces a new or changed message. */
export function announceMessage(host: TelegramHost, chat: Chat, message: StoredMessage): void {
  host.changed();
  host.emit({ type: "message", message: toSandboxMessage(host.state, chat.id, message) });
}

export function removeMessages(host: TelegramHost, chat: Chat, isGone: (message: StoredMessage) => boolean): void {
  const gone = chat.messages.filter(isGone);
  for (const message of gone) {
    chat.messages.splice(chat.messages.indexOf(message), 1);
    host.emit({ type: "messageDeleted", chatId: chat.id, messageId: message.messageId });
  }
  host.changed();
}

/** A supergroup counts for itself; private chats and basic groups share the bot account's one sequence. */
function takeMessageId({ state }: TelegramHost, chat: Chat): number {
  if (chat.kind === "private" || chat.group.type === "group") return state.next.dialogMessageId++;
  return chat.group === state.liveGroup ? state.next.liveMessageId++ : state.next.groupMessageId++;
}

function trim(chat: Chat, threadId: number | null): void {
  const thread = chat.messages.filter((message) => message.threadId === threadId && isDisposable(message));
  const tooMany = thread.length > KEPT_PER_THREAD ? thread[0] : undefined;
  const oldest = chat.messages.length > KEPT_PER_GROUP ? chat.messages.find(isDisposable) : undefined;
  for (const message of [tooMany, oldest]) {
    const at = message === undefined ? -1 : chat.messages.indexOf(message);
    if (at >= 0) chat.messages.splice(at, 1);
  }
}

function isDisposable(message: StoredMessage): boolean {
  return message.service?.kind !== "topicCreated";
}
