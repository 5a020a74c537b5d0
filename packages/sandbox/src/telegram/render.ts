import type { SandboxTopic } from "../control.ts";
import type { Chat } from "./chats.ts";
import { findMessage, findUser } from "./chats.ts";
import { findFile, toDocument, toPhotoSizes } from "./files.ts";
import type { ServiceContent, StoredMessage, StoredUser, TelegramState } from "./state.ts";

export type BotObject = Record<string, unknown>;

/** RGB. */
const ICON_COLOR = 0x6fb9f0;

export function renderUser(user: StoredUser): BotObject {
  return {
    id: user.id,
    is_bot: false,
    first_name: user.name,
    username: user.username,
    language_code: user.languageCode,
  };
}

export function renderBot(state: TelegramState): BotObject {
  const { id, name, username } = state.bot;
  return { id, is_bot: true, first_name: name, username };
}

export function renderSender(state: TelegramState, fromId: number): BotObject {
  const user = findUser(state, fromId);
  return user === undefined ? renderBot(state) : renderUser(user);
}

export function renderChat(chat: Chat): BotObject {
  if (chat.kind === "private") {
    return { id: chat.id, first_name: chat.user.name, username: chat.user.username, type: "private" };
  }
  const { title, type, forum } = chat.group;
  return { id: chat.id, title, ...(forum ? { is_forum: true } : {}), type };
}

/** A `Message`. Without an explicit reply, a message in a topic replies to the topic's beginning, as on Telegram. */
export function renderMessage(state: TelegramState, chat: Chat, message: StoredMessage): BotObject {
  const replyToId = message.replyTo ?? (message.service?.kind === "topicCreated" ? null : message.threadId);
  const replied = replyToId === null ? undefined : findMessage(chat, replyToId);
  return {
    ...renderAlone(state, chat, message),
    ...(replied === undefined ? {} : { reply_to_message: renderAlone(state, chat, replied) }),
  };
}

/** A message without what it replies to: the form it has inside another message. */
function renderAlone(state: TelegramState, chat: Chat, message: StoredMessage): BotObject {
  return {
    message_id: message.messageId,
    from: renderSender(state, message.fromId),
    chat: renderChat(chat),
    date: message.date,
    ...(message.editDate === null ? {} : { edit_date: message.editDate }),
    ...(message.threadId === null ? {} : { message_thread_id: message.threadId, is_topic_message: true }),
    ...(message.mediaGroupId === null ? {} : { media_group_id: message.mediaGroupId }),
    ...renderContent(state, chat, message),
  };
}

/** What the Bot API says of files of a kind, as a short recording has it. */
const SHAPES: Record<string, BotObject> = {
  voice: { duration: 3 },
  audio: { duration: 3 },
  video: { duration: 3, width: 320, height: 240 },
  animation: { duration: 3, width: 320, height: 240 },
  video_note: { duration: 3, length: 240 },
  sticker: { width: 512, height: 512, emoji: "👍", type: "regular", is_animated: false, is_video: false },
};

function renderContent(state: TelegramState, chat: Chat, message: StoredMessage): BotObject {
  if (message.service !== null) return renderService(state, chat, message.service);
  const { text, fileField = "document", card, entities } = message;
  if (message.photoFile === null && message.documentFile === null)
    return { ...card, ...(text === "" ? {} : { text }), ...(entities && { entities }) };
  const photo = findFile(state, message.photoFile);
  const document = findFile(state, message.documentFile);
  return {
    ...(photo === undefined ? {} : { photo: toPhotoSizes(photo) }),
    ...(document === undefined ? {} : { [fileField]: { ...toDocument(document), ...SHAPES[fileField] } }),
    ...(text === "" ? {} : { caption: text, ...(entities && { caption_entities: entities }) }),
  };
}

function renderService(state: TelegramState, chat: Chat, service: ServiceContent): BotObject {
  switch (service.kind) {
    case "topicCreated":
      return { forum_topic_created: { name: service.name, icon_color: ICON_COLOR } };
    case "topicClosed":
      return { forum_topic_closed: {} };
    case "topicReopened":
      return { forum_topic_reopened: {} };
    case "pinned": {
      const pinned = findMessage(chat, service.messageId);
      const inaccessible = { message_id: service.messageId, chat: renderChat(chat), date: 0 };
      return { pinned_message: pinned === undefined ? inaccessible : renderAlone(state, chat, pinned) };
    }
    case "migratedTo":
      return { migrate_to_chat_id: service.chatId };
    case "migratedFrom":
      return { migrate_from_chat_id: service.chatId };
  }
}

export function renderTopic({ threadId, name }: SandboxTopic): BotObject {
  return { message_thread_id: threadId, name, icon_color: ICON_COLOR };
}
