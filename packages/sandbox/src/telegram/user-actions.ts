import type { EditAsUser, SendAsUser } from "../control.ts";
import type { Upload } from "../http.ts";
import { Refusal } from "../http.ts";
import type { TelegramBackend } from "./backend.ts";
import { longId } from "./backend.ts";
import { BotApiError } from "./bot-api-error.ts";
import type { Chat } from "./chats.ts";
import { findMessage, findUser, groupChat, privateChat } from "./chats.ts";
import { detectEntities } from "./entities.ts";
import { storeDocument, storePhoto } from "./files.ts";
import type { MessageDraft } from "./message-store.ts";
import { announceMessage, appendMessage, removeMessages } from "./message-store.ts";
import { renderBot, renderChat, renderMessage, renderSender, renderUser } from "./render.ts";
import type { StoredMessage, StoredUser } from "./state.ts";
import { CAPTION_LIMIT, TEXT_LIMIT } from "./text.ts";
import { deleteTopic } from "./topics.ts";

/** Ids of supergroups, far enough apart that no two meet. */
const MIGRATED_BASE = -1_003_000_000_000;

export interface Attachments {
  photos?: Upload[];
  documents?: Upload[];
}

export interface PressAsUser {
  userId: number;
  chatId: number;
  messageId: number;
  data: string;
}

/** Writes as a user: to the bot in private, or, staff only, in the group. Answers the new messages' ids. @throws Refusal */
export function sendAsUser(backend: TelegramBackend, input: SendAsUser, attachments: Attachments = {}): number[] {
  const { host, updates } = backend;
  const user = readUser(backend, input.userId);
  const chat = readChat(backend, user, input.chatId);
  const place = readPlace(chat, input);
  const contents = readContents(backend, input.text, attachments);
  if (chat.kind === "private") user.started = true;
  const sent = contents.map((content) => {
    const message = appendMessage(host, chat, { fromId: user.id, ...place, ...content });
    updates.push("message", renderMessage(host.state, chat, message));
    return message;
  });
  return sent.map((message) => message.messageId);
}

/** @throws Refusal unless it is his own message and the text is new */
export function editAsUser(backend: TelegramBackend, input: EditAsUser): void {
  const { host, updates } = backend;
  const user = readUser(backend, input.userId);
  const chat = readChat(backend, user, input.chatId);
  const message = readMessage(chat, input.messageId);
  if (message.fromId !== user.id) throw new Refusal(403, "Only one's own messages can be edited");
  const text = input.text.trim();
  const isMedia = message.photoFile !== null || message.documentFile !== null;
  checkLength(text, isMedia);
  if (text === "" && !isMedia) throw new Refusal(400, "The message is empty");
  if (text === message.text) throw new Refusal(400, "The message is not modified");
  Object.assign(message, { text, entities: detectEntities(text), editDate: host.unixNow });
  announceMessage(host, chat, message);
  updates.push("edited_message", renderMessage(host.state, chat, message));
}

/** Presses an inline button; answers the callback query's id. @throws Refusal */
export function press(backend: TelegramBackend, input: PressAsUser): string {
  const { host, updates } = backend;
  const user = readUser(backend, input.userId);
  const chat = readChat(backend, user, input.chatId);
  const message = readMessage(chat, input.messageId);
  const has = message.buttons.some((row) => row.some((button) => button.callback_data === input.data));
  if (!has) throw new Refusal(400, "The message has no such button");
  const id = backend.openQuery();
  updates.push("callback_query", {
    id,
    from: renderUser(user),
    message: renderMessage(host.state, chat, message),
    chat_instance: String(-Math.abs(chat.id)),
    data: input.data,
  });
  return id;
}

/** Staff delete a topic; bots are told nothing. @throws Refusal 404 */
export function deleteTopicAsUser({ host }: TelegramBackend, threadId: number): void {
  const topic = host.state.group.topics.find((candidate) => candidate.threadId === threadId);
  if (topic === undefined) throw new Refusal(404, "No such topic");
  deleteTopic(host, topic);
}

/** A user deletes a message; bots are told nothing. @throws Refusal 404 */
export function deleteMessageAsUser({ host }: TelegramBackend, chatId: number, messageId: number): void {
  const user = findUser(host.state, chatId);
  const chat = user === undefined ? groupChat(host.state) : privateChat(host.state, user);
  const message = readMessage(chat, messageId);
  removeMessages(host, chat, (candidate) => candidate === message);
}

/** Blocks or unblocks the bot, which is told by `my_chat_member`. @throws Refusal 404 */
export function setBlocked(backend: TelegramBackend, userId: number, blocked: boolean): void {
  const { host, updates } = backend;
  const user = readUser(backend, userId);
  if (user.blocked === blocked) return;
  user.blocked = blocked;
  host.changed();
  const member = { user: renderBot(host.state) };
  const status = (isBlocked: boolean) =>
    isBlocked ? { ...member, status: "kicked", until_date: 0 } : { ...member, status: "member" };
  updates.push("my_chat_member", {
    chat: renderChat(privateChat(host.state, user)),
    from: renderUser(user),
    date: host.unixNow,
    old_chat_member: status(!blocked),
    new_chat_member: status(blocked),
  });
}

/**
 * The group becomes a supergroup under a new id, as when an owner changes its settings: the bot gets both service
 * messages, and calls on the old id are refused with the new one. Topics and messages move along. Answers the new id.
 */
export function migrateGroup(backend: TelegramBackend): number {
  const { host, updates } = backend;
  const { group, next } = host.state;
  const oldChat = groupChat(host.state);
  const oldId = group.chatId;
  const newId = MIGRATED_BASE - group.formerChatIds.length - 1;
  const ownerId = host.state.users.find((user) => user.staff)?.id ?? host.state.bot.id;

  const farewell = appendMessage(host, oldChat, { fromId: ownerId, service: { kind: "migratedTo", chatId: newId } });
  updates.push("message", renderMessage(host.state, oldChat, farewell));

  if (group.type === "group") {
    next.groupMessageId = Math.max(0, ...group.messages.map((message) => message.messageId)) + 1;
  }
  group.formerChatIds.push(oldId);
  group.chatId = newId;
  group.type = "supergroup";
  const newChat = groupChat(host.state);
  const first = appendMessage(host, newChat, { fromId: ownerId, service: { kind: "migratedFrom", chatId: oldId } });
  updates.push("message", {
    ...renderMessage(host.state, newChat, first),
    from: renderSender(host.state, ownerId),
    sender_chat: { id: newId, title: group.title, type: "supergroup" },
  });
  host.changed();
  host.emit({ type: "group", chatId: newId });
  return newId;
}

function readUser({ host }: TelegramBackend, userId: number): StoredUser {
  const user = findUser(host.state, userId);
  if (user === undefined) throw new Refusal(404, "No such user");
  return user;
}

/** A user's app follows a migrated group by itself, so former ids lead to it too. */
function readChat({ host }: TelegramBackend, user: StoredUser, chatId: number): Chat {
  if (chatId === user.id) return privateChat(host.state, user);
  const { group } = host.state;
  if (chatId !== group.chatId && !group.formerChatIds.includes(chatId)) throw new Refusal(404, "No such chat");
  if (!user.staff) throw new Refusal(403, "Only staff are in the group");
  return groupChat(host.state);
}

function readMessage(chat: Chat, messageId: number): StoredMessage {
  const message = findMessage(chat, messageId);
  if (message === undefined) throw new Refusal(404, "No such message");
  return message;
}

function readPlace(chat: Chat, input: SendAsUser): Pick<StoredMessage, "threadId" | "replyTo"> {
  const replied = input.replyToMessageId === undefined ? undefined : readMessage(chat, input.replyToMessageId);
  const threadId = input.threadId ?? replied?.threadId ?? null;
  const topics = chat.kind === "group" ? chat.group.topics : [];
  if (threadId !== null && !topics.some((topic) => topic.threadId === threadId))
    throw new Refusal(404, "No such topic");
  return { threadId, replyTo: replied?.messageId ?? null };
}

/** One draft per message: a text, or files of which the first bears the text as its caption. */
function readContents(
  { files: store }: TelegramBackend,
  source: string,
  { photos = [], documents = [] }: Attachments,
): Omit<MessageDraft, "fromId">[] {
  const text = source.trim();
  const isMedia = photos.length + documents.length > 0;
  checkLength(text, isMedia);
  const rich = { text, entities: detectEntities(text) };
  if (!isMedia && text === "") throw new Refusal(400, "The message is empty");
  if (!isMedia) return [rich];
  if (photos.length > 10 || documents.length > 10) throw new Refusal(400, "An album has at most 10 parts");
  const albumId = photos.length > 1 ? longId() : null;
  const files: Omit<MessageDraft, "fromId">[] = [
    ...photos.map((photo) => ({ photoFile: keep(() => storePhoto(store, photo).unique), mediaGroupId: albumId })),
    ...documents.map((document) => ({ documentFile: keep(() => storeDocument(store, document).unique) })),
  ];
  return files.map((file, index) => (index === 0 ? { ...file, ...rich } : file));
}

function checkLength(text: string, isMedia: boolean): void {
  if (text.length > (isMedia ? CAPTION_LIMIT : TEXT_LIMIT)) throw new Refusal(400, "The message is too long");
}

/** What Telegram would refuse a bot, its apps refuse a user. */
function keep<T>(store: () => T): T {
  try {
    return store();
  } catch (error) {
    throw error instanceof BotApiError ? new Refusal(error.status, error.message) : error;
  }
}
