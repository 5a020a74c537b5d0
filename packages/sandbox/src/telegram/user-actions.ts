import type { EditAsUser, SendAsUser } from "../control.ts";
import type { Upload } from "../multipart.ts";
import { Refusal } from "../refusal.ts";
import type { StoredMessage, StoredUser } from "../state.ts";
import type { TelegramBackend } from "./backend.ts";
import { longId } from "./backend.ts";
import { BotApiError } from "./bot-api-error.ts";
import type { Chat } from "./chats.ts";
import { findMessage, groupChat, privateChat } from "./chats.ts";
import { detectEntities } from "./entities.ts";
import { storeDocument, storePhoto } from "./files.ts";
import type { MessageDraft } from "./message-store.ts";
import { announceMessage, appendMessage, removeMessages } from "./message-store.ts";
import { renderBot, renderChat, renderMessage, renderUser } from "./render.ts";
import { CAPTION_LIMIT, TEXT_LIMIT } from "./text.ts";
import { deleteTopic } from "./topics.ts";

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
  const { world, updates } = backend;
  const user = readUser(backend, input.userId);
  const chat = readChat(backend, user, input.chatId);
  const place = readPlace(chat, input);
  const contents = readContents(backend, input.text, attachments);
  if (chat.kind === "private") user.started = true;
  const sent = contents.map((content) => {
    const message = appendMessage(world, chat, { fromId: user.id, ...place, ...content });
    updates.push("message", renderMessage(world.state, chat, message));
    return message;
  });
  return sent.map((message) => message.messageId);
}

/** @throws Refusal unless it is his own message and the text is new */
export function editAsUser(backend: TelegramBackend, input: EditAsUser): void {
  const { world, updates } = backend;
  const user = readUser(backend, input.userId);
  const chat = readChat(backend, user, input.chatId);
  const message = readMessage(chat, input.messageId);
  if (message.fromId !== user.id) throw new Refusal(403, "Only one's own messages can be edited");
  const text = input.text.trim();
  const isMedia = message.photoFile !== null || message.documentFile !== null;
  checkLength(text, isMedia);
  if (text === "" && !isMedia) throw new Refusal(400, "The message is empty");
  if (text === message.text) throw new Refusal(400, "The message is not modified");
  Object.assign(message, { text, entities: detectEntities(text), editDate: world.unixNow });
  announceMessage(world, chat, message);
  updates.push("edited_message", renderMessage(world.state, chat, message));
}

/** Presses an inline button; answers the callback query's id. @throws Refusal */
export function press(backend: TelegramBackend, input: PressAsUser): string {
  const { world, updates } = backend;
  const user = readUser(backend, input.userId);
  const chat = readChat(backend, user, input.chatId);
  const message = readMessage(chat, input.messageId);
  const has = message.buttons.some((row) => row.some((button) => button.callback_data === input.data));
  if (!has) throw new Refusal(400, "The message has no such button");
  const id = backend.openQuery();
  updates.push("callback_query", {
    id,
    from: renderUser(user),
    message: renderMessage(world.state, chat, message),
    chat_instance: String(-Math.abs(chat.id)),
    data: input.data,
  });
  return id;
}

/** Staff delete a topic; bots are told nothing. @throws Refusal 404 */
export function deleteTopicAsUser({ world }: TelegramBackend, threadId: number): void {
  const topic = world.state.group.topics.find((candidate) => candidate.threadId === threadId);
  if (topic === undefined) throw new Refusal(404, "No such topic");
  deleteTopic(world, topic);
}

/** A user deletes a message; bots are told nothing. @throws Refusal 404 */
export function deleteMessageAsUser({ world }: TelegramBackend, chatId: number, messageId: number): void {
  const user = world.user(chatId);
  const chat = user === undefined ? groupChat(world.state) : privateChat(world.state, user);
  const message = readMessage(chat, messageId);
  removeMessages(world, chat, (candidate) => candidate === message);
}

/** Blocks or unblocks the bot, which is told by `my_chat_member`. @throws Refusal 404 */
export function setBlocked(backend: TelegramBackend, userId: number, blocked: boolean): void {
  const { world, updates } = backend;
  const user = readUser(backend, userId);
  if (user.blocked === blocked) return;
  user.blocked = blocked;
  world.changed();
  const member = { user: renderBot(world.state) };
  const status = (isBlocked: boolean) =>
    isBlocked ? { ...member, status: "kicked", until_date: 0 } : { ...member, status: "member" };
  updates.push("my_chat_member", {
    chat: renderChat(privateChat(world.state, user)),
    from: renderUser(user),
    date: world.unixNow,
    old_chat_member: status(!blocked),
    new_chat_member: status(blocked),
  });
}

function readUser({ world }: TelegramBackend, userId: number): StoredUser {
  const user = world.user(userId);
  if (user === undefined) throw new Refusal(404, "No such user");
  return user;
}

/** A user's app follows a migrated group by itself, so former ids lead to it too. */
function readChat({ world }: TelegramBackend, user: StoredUser, chatId: number): Chat {
  if (chatId === user.id) return privateChat(world.state, user);
  const { group } = world.state;
  if (chatId !== group.chatId && !group.formerChatIds.includes(chatId)) throw new Refusal(404, "No such chat");
  if (!user.staff) throw new Refusal(403, "Only staff are in the group");
  return groupChat(world.state);
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
  { world }: TelegramBackend,
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
    ...photos.map((photo) => ({ photoFile: keep(() => storePhoto(world, photo).unique), mediaGroupId: albumId })),
    ...documents.map((document) => ({ documentFile: keep(() => storeDocument(world, document).unique) })),
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
