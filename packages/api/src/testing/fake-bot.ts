import type { MediaStore } from "../media/store.ts";
import {
  type Bot,
  type BotChat,
  type BotCopy,
  BotError,
  type BotFile,
  type BotPhotos,
  type BotPlace,
  type BotRights,
  type BotTarget,
  type BotText,
  type BotUpdate,
  GENERAL_TOPIC,
} from "../telegram/bot.ts";
import type { TextEntity } from "../telegram/entities.ts";

const MAX_TEXT = 4096;
const MAX_CAPTION = 1024;
const MAX_PHOTOS = 10;
const MAX_TOPIC_NAME = 128;

export interface FakeChat extends BotChat {
  /** Blocked by the person, or kicked from the group. */
  forbidden?: boolean;
}

export interface FakeMessage {
  chatId: number;
  messageId: number;
  threadId: number | null;
  /** Text or caption. */
  text: string;
  /** Media-store key. */
  photoKey: string | null;
  replyToMessageId: number | null;
  pinned: boolean;
  /** What it shows beside text and photo, where that is something. */
  shows?: BotFile | BotPlace | BotCopy;
  entities?: readonly TextEntity[];
}

export interface FakeBotOptions {
  /** Every chat there is. One that is not here makes the call throw something other than `BotError`. */
  chats: FakeChat[];
  media: Pick<MediaStore, "open">;
}

type Method = keyof Bot;

/**
 * Telegram in memory, for one bot. It refuses what Telegram refuses; failures of other kinds are told to it beforehand. What no
 * test prepared (an unknown chat) throws a plain error, so that it cannot be taken for an answer of Telegram.
 */
export class FakeBot implements Bot {
  /** What the bot sent, oldest first, as edited since. */
  readonly messages: FakeMessage[] = [];
  readonly topics: { chatId: number; threadId: number; name: string; isClosed?: boolean }[] = [];
  /** Every call, also those that failed. */
  readonly calls: { method: Method; args: unknown[] }[] = [];
  /** By file id. */
  readonly files = new Map<string, Uint8Array>();
  webhook: { url: string; secret: string } | null = null;
  /** What the bot may do in groups. */
  rights: BotRights | null = { status: "administrator", canManageTopics: true, canPin: true, canDelete: true };
  /** Thrown by every call while it is set. */
  failAll: BotError | null = null;
  readonly #chats: Map<number, FakeChat>;
  readonly #media: Pick<MediaStore, "open">;
  readonly #migrated = new Map<number, number>();
  readonly #failures: { method: Method; error: BotError }[] = [];
  #updates: BotUpdate[] = [];
  #wake: () => void = () => {};
  /** A group begins with its creation as 1, so that no topic is `GENERAL_TOPIC`. */
  #lastId = GENERAL_TOPIC;
  #lastUpdateId = 0;

  constructor({ chats, media }: FakeBotOptions) {
    this.#chats = new Map(chats.map((chat) => [chat.id, chat]));
    this.#media = media;
  }

  /** The next call of this method throws this. Several are thrown in order. */
  failNext(method: Method, error: BotError): void {
    this.#failures.push({ method, error });
  }

  /** An update arrives, for the next poll. */
  receive(content: Record<string, unknown>): BotUpdate {
    const update = { ...content, update_id: ++this.#lastUpdateId };
    this.#updates.push(update);
    this.#wake();
    return update;
  }

  deleteTopic(chatId: number, threadId: number): void {
    const index = this.topics.findIndex((topic) => topic.chatId === chatId && topic.threadId === threadId);
    if (index < 0) throw new Error(`FakeBot: no topic ${threadId} in ${chatId}`);
    this.topics.splice(index, 1);
  }

  migrate(chatId: number, toChatId: number): void {
    this.#chats.set(toChatId, { ...this.#chat(chatId), id: toChatId });
    this.#migrated.set(chatId, toChatId);
  }

  async getMe() {
    this.#record("getMe", []);
    return { id: 7_000_000_001, username: "fake_pult_bot", name: "Fake bot" };
  }

  async getChat(chatId: number): Promise<BotChat> {
    this.#record("getChat", [chatId]);
    const { id, type, title, isForum } = this.#chat(chatId);
    return { id, type, title, isForum };
  }

  async sendText(message: BotText) {
    this.#record("sendText", [message]);
    this.#place(message);
    checkLength(message.text, MAX_TEXT, "message");
    if (message.text === "") throw refuse("message text is empty");
    const { text, entities } = message;
    return { messageId: this.#append(message, { text, photoKey: null, ...(entities && { entities }) }) };
  }

  async sendPhotos(message: BotPhotos) {
    this.#record("sendPhotos", [message]);
    const { photoKeys, caption } = message;
    if (photoKeys.length < 1 || photoKeys.length > MAX_PHOTOS) throw refuse(`${photoKeys.length} photos`);
    const found = await Promise.all(photoKeys.map((key) => this.#media.open(key)));
    if (found.includes(null)) throw refuse(`there is no photo ${photoKeys[found.indexOf(null)]}`);
    this.#place(message);
    checkLength(caption, MAX_CAPTION, "message caption");
    const messageIds = photoKeys.map((photoKey, index) =>
      this.#append(message, { text: index === 0 ? caption : "", photoKey }),
    );
    return { messageIds };
  }

  async sendFile(target: BotTarget, file: BotFile) {
    this.#record("sendFile", [target, file]);
    if (!(await this.#media.open(file.fileKey))) throw refuse(`there is no file ${file.fileKey}`);
    this.#place(target);
    checkLength(file.caption, MAX_CAPTION, "message caption");
    return { messageId: this.#append(target, { text: file.caption, photoKey: null, shows: file }) };
  }

  async copyMessages(copy: BotCopy) {
    this.#record("copyMessages", [copy]);
    this.#place(copy);
    return { messageIds: copy.messageIds.map(() => this.#append(copy, { text: "", photoKey: null, shows: copy })) };
  }

  async sendPlace(place: BotPlace) {
    this.#record("sendPlace", [place]);
    this.#place(place);
    return { messageId: this.#append(place, { text: "", photoKey: null, shows: place }) };
  }

  async editFile(chatId: number, messageId: number, file: BotFile): Promise<void> {
    this.#record("editFile", [chatId, messageId, file]);
    const message = this.#message(chatId, messageId, "edit");
    Object.assign(message, { text: file.caption, photoKey: file.kind === "photo" ? file.fileKey : null, shows: file });
  }

  async editPlace(chatId: number, messageId: number, place: { latitude: number; longitude: number; isOver: boolean }) {
    this.#record("editPlace", [chatId, messageId, place]);
    this.#message(chatId, messageId, "edit");
  }

  async deleteMessage(chatId: number, messageId: number): Promise<void> {
    this.#record("deleteMessage", [chatId, messageId]);
    this.messages.splice(this.messages.indexOf(this.#message(chatId, messageId, "delete")), 1);
  }

  async getRights(chatId: number): Promise<BotRights | null> {
    this.#record("getRights", [chatId]);
    this.#chat(chatId);
    return this.rights;
  }

  async editText(chatId: number, messageId: number, text: string, entities?: readonly TextEntity[]): Promise<void> {
    this.#record("editText", [chatId, messageId, text, ...(entities ? [entities] : [])]);
    checkLength(text, MAX_TEXT, "message");
    const message = this.#editable(chatId, messageId, text);
    if (message.photoKey !== null) throw refuse("there is no text in the message to edit");
    message.text = text;
  }

  async editCaption(chatId: number, messageId: number, caption: string): Promise<void> {
    this.#record("editCaption", [chatId, messageId, caption]);
    checkLength(caption, MAX_CAPTION, "message caption");
    const message = this.#editable(chatId, messageId, caption);
    if (message.photoKey === null && !message.shows) throw refuse("there is no caption in the message to edit");
    message.text = caption;
  }

  async pinMessage(chatId: number, messageId: number): Promise<void> {
    this.#record("pinMessage", [chatId, messageId]);
    this.#message(chatId, messageId, "pin").pinned = true;
  }

  async unpinMessage(chatId: number, messageId: number): Promise<void> {
    this.#record("unpinMessage", [chatId, messageId]);
    this.#message(chatId, messageId, "unpin").pinned = false;
  }

  async createTopic(chatId: number, name: string) {
    this.#record("createTopic", [chatId, name]);
    if (!this.#chat(chatId).isForum) throw refuse("the chat is not a forum");
    if (name === "" || name.length > MAX_TOPIC_NAME) throw refuse("wrong topic name");
    const threadId = ++this.#lastId;
    this.topics.push({ chatId, threadId, name });
    return { threadId };
  }

  async renameTopic(chatId: number, threadId: number, name: string): Promise<void> {
    this.#record("renameTopic", [chatId, threadId, name]);
    this.#topic(chatId, threadId).name = name;
  }

  async reopenTopic(chatId: number, threadId: number): Promise<void> {
    this.#record("reopenTopic", [chatId, threadId]);
    this.#topic(chatId, threadId).isClosed = false;
  }

  #topic(chatId: number, threadId: number) {
    const topic = this.topics.find((one) => one.chatId === chatId && one.threadId === threadId);
    if (!topic) throw new BotError("topicMissing", "Bad Request: message thread not found");
    return topic;
  }

  async removeTopic(chatId: number, threadId: number): Promise<void> {
    this.#record("removeTopic", [chatId, threadId]);
    this.#place({ chatId, threadId });
    this.deleteTopic(chatId, threadId);
    const kept = this.messages.filter((message) => message.chatId !== chatId || message.threadId !== threadId);
    this.messages.splice(0, this.messages.length, ...kept);
  }

  async download(fileId: string): Promise<AsyncIterable<Uint8Array>> {
    this.#record("download", [fileId]);
    const bytes = this.files.get(fileId);
    if (bytes === undefined) throw refuse("wrong file_id or the file is temporarily unavailable");
    return (async function* () {
      yield bytes;
    })();
  }

  async setWebhook(url: string, secret: string): Promise<void> {
    this.#record("setWebhook", [url, secret]);
    if (!url.startsWith("https://")) throw refuse("bad webhook: An HTTPS URL must be provided for webhook");
    this.webhook = { url, secret };
  }

  async deleteWebhook(): Promise<void> {
    this.#record("deleteWebhook", []);
    this.webhook = null;
  }

  /** Waits for ever when told to wait at all: tests end it by an update or the signal, not by time. */
  async getUpdates(offset: number, timeoutSeconds: number, signal: AbortSignal): Promise<BotUpdate[]> {
    this.#record("getUpdates", [offset, timeoutSeconds]);
    if (this.webhook !== null) throw new BotError("rejected", "Conflict: can't use getUpdates while webhook is active");
    this.#updates = this.#updates.filter((update) => update.update_id >= offset);
    if (this.#updates.length === 0 && timeoutSeconds > 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    if (signal.aborted) throw new BotError("down", "getUpdates: stopped");
    return [...this.#updates];
  }

  #record(method: Method, args: unknown[]): void {
    this.calls.push({ method, args });
    const index = this.#failures.findIndex((failure) => failure.method === method);
    const [announced] = index < 0 ? [] : this.#failures.splice(index, 1);
    const error = announced?.error ?? this.failAll;
    if (error) throw error;
  }

  #chat(chatId: number): FakeChat {
    const migratedToChatId = this.#migrated.get(chatId);
    if (migratedToChatId !== undefined) {
      const words = "Bad Request: group chat was upgraded to a supergroup chat";
      throw new BotError("migrated", words, { migratedToChatId });
    }
    const chat = this.#chats.get(chatId);
    if (chat === undefined) throw new Error(`FakeBot: undeclared chat ${chatId}`);
    if (chat.forbidden) throw new BotError("forbidden", "Forbidden: bot was blocked by the user");
    return chat;
  }

  #place({ chatId, threadId }: Pick<BotText, "chatId" | "threadId">): void {
    const chat = this.#chat(chatId);
    if (chat.type === "private" || threadId === undefined || threadId === GENERAL_TOPIC) return;
    if (this.#topic(chatId, threadId).isClosed) throw new BotError("topicClosed", "Bad Request: TOPIC_CLOSED");
  }

  #append(where: BotTarget, what: Pick<FakeMessage, "text" | "photoKey" | "shows" | "entities">): number {
    const { chatId, replyToMessageId } = where;
    const threadId = where.threadId === GENERAL_TOPIC ? null : (where.threadId ?? null);
    const messageId = ++this.#lastId;
    const replied = this.messages.some((other) => other.chatId === chatId && other.messageId === replyToMessageId);
    const reply = replied && replyToMessageId !== undefined ? replyToMessageId : null;
    this.messages.push({ chatId, messageId, threadId, replyToMessageId: reply, pinned: false, ...what });
    return messageId;
  }

  #message(chatId: number, messageId: number, verb: string): FakeMessage {
    this.#chat(chatId);
    const message = this.messages.find((other) => other.chatId === chatId && other.messageId === messageId);
    if (message === undefined) throw refuse(`message to ${verb} not found`);
    return message;
  }

  #editable(chatId: number, messageId: number, text: string): FakeMessage {
    this.#chat(chatId);
    const message = this.messages.find((other) => other.chatId === chatId && other.messageId === messageId);
    if (message === undefined) throw new BotError("gone", "Bad Request: message to edit not found");
    if (message.text === text) throw new BotError("unchanged", "Bad Request: message is not modified");
    return message;
  }
}

function checkLength(text: string, max: number, what: string): void {
  if (text.length > max) throw refuse(`${what} is too long`);
}

function refuse(words: string): BotError {
  return new BotError("rejected", `Bad Request: ${words}`);
}
