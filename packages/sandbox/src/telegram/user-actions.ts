import type { EditAsUser, SendAsUser } from "../control.ts";
import type { Upload } from "../http.ts";
import { Refusal } from "../http.ts";
import type { TelegramBackend } from "./backend.ts";
import { longId } from "./backend.ts";
import { BotApiError } from "./bot-api-error.ts";
import type { Chat } from "./chats.ts";
import { findGroup, findMessage, findUser, groupChat, privateChat } from "./chats.ts";
import type { Shelf } from "./files.ts";
import { storeDocument, storePhoto } from "./files.ts";
import { createInitData, createLaunchFragment } from "./init-data.ts";
import type { MessageDraft } from "./message-store.ts";
import { announceMessage, appendMessage, removeMessages } from "./message-store.ts";
import { renderBot, renderChat, renderMessage, renderSender, renderUser } from "./render.ts";
import type { StoredMessage, StoredUser, TelegramHost } from "./state.ts";
import { CAPTION_LIMIT, TEXT_LIMIT } from "./text.ts";
import { announceTopics, deleteTopic } from "./topics.ts";

/** Ids of supergroups, far enough apart that no two meet. */
const MIGRATED_BASE = -1_003_000_000_000;

/** A topic of the support group unless `chatId` names another group. */
export interface TopicRef {
  threadId: number;
  chatId?: number | undefined;
}

export interface Attachments {
  photos?: Upload[];
  documents?: Upload[];
}

/** The people of the simulated Telegram, and what their apps let them do. Methods throw `Refusal` for everything else. */
export class UserActions {
  readonly #backend: TelegramBackend;

  constructor(backend: TelegramBackend) {
    this.#backend = backend;
  }

  /** Whether a long poll of the bot is waiting for updates. */
  get isPolling(): boolean {
    return this.#backend.updates.isPolling;
  }

  /** Sends to the bot in private or, staff only, in the group. Several photos make an album. */
  sendAsUser(input: SendAsUser, attachments: Attachments = {}): { messageIds: number[] } {
    const { host, updates } = this.#backend;
    const user = readUser(host, input.userId);
    const chat = readChat(host, user, input.chatId);
    const place = readPlace(chat, input);
    const contents = readContents(this.#backend, input, attachments);
    if (chat.kind === "private") user.started = true;
    const messageIds = contents.map((content) => {
      const message = appendMessage(host, chat, { fromId: user.id, ...place, ...content });
      updates.push("message", renderMessage(host.state, chat, message));
      return message.messageId;
    });
    return { messageIds };
  }

  /** Edits the user's own message to a new text. */
  edit(input: EditAsUser): void {
    const { host, updates } = this.#backend;
    const user = readUser(host, input.userId);
    const chat = readChat(host, user, input.chatId);
    const message = readMessage(chat, input.messageId);
    if (message.fromId !== user.id) throw new Refusal(403, "Only one's own messages can be edited");
    const text = input.text.trim();
    const isMedia = message.photoFile !== null || message.documentFile !== null;
    checkLength(text, isMedia);
    if (text === "" && !isMedia) throw new Refusal(400, "The message is empty");
    if (text === message.text) throw new Refusal(400, "The message is not modified");
    Object.assign(message, { text, editDate: host.unixNow });
    announceMessage(host, chat, message);
    updates.push("edited_message", renderMessage(host.state, chat, message));
  }

  /** Deletes a topic as staff, of the support group unless `chatId` names another; the bot gets no update. */
  deleteTopic(ref: TopicRef): void {
    const { host } = this.#backend;
    const { group, topic } = readTopic(host, ref);
    deleteTopic(host, group, topic);
  }

  /** Closes or reopens a topic as staff; the bot gets the service message. */
  closeTopic({ isClosed, ...ref }: TopicRef & { isClosed: boolean }): void {
    const { host, updates } = this.#backend;
    const { group, topic } = readTopic(host, ref);
    if (topic.isClosed === isClosed) return;
    topic.isClosed = isClosed;
    const chat = groupChat(group);
    const notice = appendMessage(host, chat, {
      fromId: ownerIdOf(host),
      threadId: topic.threadId,
      service: { kind: isClosed ? "topicClosed" : "topicReopened" },
    });
    updates.push("message", renderMessage(host.state, chat, notice));
    announceTopics(host, group);
  }

  /** Deletes a message as a user; the bot gets no update. */
  deleteMessage(chatId: number, messageId: number): void {
    const { host } = this.#backend;
    const user = findUser(host.state, chatId);
    const group = findGroup(host.state, chatId) ?? host.state.group;
    const chat = user === undefined ? groupChat(group) : privateChat(host.state, user);
    const message = readMessage(chat, messageId);
    removeMessages(host, chat, (candidate) => candidate === message);
  }

  /** Blocks or unblocks the bot, which gets `my_chat_member`. */
  block(userId: number, blocked: boolean): void {
    const { host, updates } = this.#backend;
    const user = readUser(host, userId);
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
   * messages, and calls on the old id are refused with the new one. Topics and messages move along. Returns the new id.
   */
  migrateGroup(): number {
    const { host, updates } = this.#backend;
    const { group, next } = host.state;
    const oldChat = groupChat(group);
    const oldId = group.chatId;
    const newId = MIGRATED_BASE - group.formerChatIds.length - 1;
    const ownerId = ownerIdOf(host);

    const farewell = appendMessage(host, oldChat, { fromId: ownerId, service: { kind: "migratedTo", chatId: newId } });
    updates.push("message", renderMessage(host.state, oldChat, farewell));

    if (group.type === "group") {
      next.groupMessageId = Math.max(1, ...group.messages.map((message) => message.messageId)) + 1;
    }
    group.formerChatIds.push(oldId);
    group.chatId = newId;
    group.type = "supergroup";
    const newChat = groupChat(group);
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

  initData(userId: number): string {
    return createInitData(this.#backend.host, readUser(this.#backend.host, userId));
  }

  launchFragment(userId: number): string {
    return createLaunchFragment(this.#backend.host, readUser(this.#backend.host, userId));
  }
}

function readUser(host: TelegramHost, userId: number): StoredUser {
  const user = findUser(host.state, userId);
  if (user === undefined) throw new Refusal(404, "No such user");
  return user;
}

/** A user's app follows a migrated group by itself, so former ids lead to it too. */
function readChat(host: TelegramHost, user: StoredUser, chatId: number): Chat {
  if (chatId === user.id) return privateChat(host.state, user);
  const group = findGroup(host.state, chatId);
  if (group === undefined) throw new Refusal(404, "No such chat");
  if (!user.staff) throw new Refusal(403, "Only staff are in the group");
  return groupChat(group);
}

function readTopic({ state }: TelegramHost, { threadId, chatId = state.group.chatId }: TopicRef) {
  const group = findGroup(state, chatId);
  const topic = group?.topics.find((candidate) => candidate.threadId === threadId);
  if (group === undefined || topic === undefined) throw new Refusal(404, "No such topic");
  return { group, topic };
}

function ownerIdOf({ state }: TelegramHost): number {
  return state.users.find((user) => user.staff)?.id ?? state.bot.id;
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
  shelf: Shelf,
  { text: source, fileField, card }: Pick<SendAsUser, "text" | "fileField" | "card">,
  { photos = [], documents = [] }: Attachments,
): Omit<MessageDraft, "fromId">[] {
  const text = source.trim();
  if (card) return [{ text, card }];
  const isMedia = photos.length + documents.length > 0;
  checkLength(text, isMedia);
  if (!isMedia && text === "") throw new Refusal(400, "The message is empty");
  if (!isMedia) return [{ text }];
  if (photos.length > 10 || documents.length > 10) throw new Refusal(400, "An album has at most 10 parts");
  const albumId = photos.length > 1 ? longId() : null;
  const files: Omit<MessageDraft, "fromId">[] = [
    ...photos.map((photo) => ({ photoFile: keep(() => storePhoto(shelf, photo).unique), mediaGroupId: albumId })),
    ...documents.map((document) => ({ documentFile: keep(() => storeDocument(shelf, document).unique), fileField })),
  ];
  return files.map((file, index) => (index === 0 ? { ...file, text } : file));
}

function checkLength(text: string, isMedia: boolean): void {
  if (text.length > (isMedia ? CAPTION_LIMIT : TEXT_LIMIT)) throw new Refusal(400, "The message is too long");
}

/** The limits that Telegram sets bots hold for users too. */
function keep<T>(store: () => T): T {
  try {
    return store();
  } catch (error) {
    throw error instanceof BotApiError ? new Refusal(error.status, error.message) : error;
  }
}
