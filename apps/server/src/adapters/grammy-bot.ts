import type { MediaStore } from "@pult/api/media/store.ts";
import { why } from "@pult/api/outbox/why.ts";
import {
  type Bot,
  BotError,
  type BotPhotos,
  type BotTarget,
  type BotUpdate,
  GENERAL_TOPIC,
} from "@pult/api/telegram/bot.ts";
import { type TextEntity, toBotEntities } from "@pult/api/telegram/entities.ts";
// The web build uses the runtime's own fetch, on Node and Deno alike; the other one brings node-fetch.
import { Api, type ApiClientOptions, InputFile } from "grammy/web";
import { downloadBotFile } from "./bot-download.ts";
import { throwBotErrors } from "./bot-errors.ts";
import { editStoredFile, sendStoredFile } from "./bot-files.ts";

const DEFAULT_ROOT = "https://api.telegram.org";
const CALL_TIMEOUT_MS = 20_000;
/** Photos up, files down: at least 10 MB on a slow line. */
const TRANSFER_TIMEOUT_MS = 60_000;
const MAX_PHOTOS = 10;
// Telegram keeps the last list it was given, so it is named each time.
const ALLOWED_UPDATES = [
  "message",
  "edited_message",
  "callback_query",
  "my_chat_member",
  "business_connection",
  "business_message",
  "edited_business_message",
  "deleted_business_messages",
  "message_reaction",
] as const;

export interface GrammyBotOptions {
  /** From @BotFather. Never part of an error. */
  token: string;
  /** Default https://api.telegram.org. */
  apiRoot?: string;
  /** Where `photoKeys` are read from. */
  media: Pick<MediaStore, "open">;
  /** For a call. Default 20,000; photos and files get 60,000, a long poll its own time on top. */
  timeoutMs?: number;
}

/**
 * `fetch` that sends a request at most once. Deno's own sends a POST again when the connection is cut before the answer came, and
 * what it repeats may be a message that a customer then reads twice; a stream it cannot repeat. Other runtimes never repeat a POST.
 */
const fetchOnce: typeof fetch = (input, init) => {
  const { body } = init ?? {};
  if (!("Deno" in globalThis) || typeof body !== "string") return fetch(input, init);
  return fetch(input, { ...init, body: new Blob([body]).stream(), duplex: "half" });
};

// The types of the web build still speak of the packages that the other build takes its fetch and its signals from.
type GrammyFetch = NonNullable<ApiClientOptions["fetch"]>;
type GrammySignal = NonNullable<Parameters<Api["getMe"]>[0]>;

/** The Bot API through grammY. @see https://core.telegram.org/bots/api */
export function createGrammyBot(options: GrammyBotOptions): Bot {
  const { token, media, timeoutMs = CALL_TIMEOUT_MS } = options;
  const apiRoot = (options.apiRoot ?? DEFAULT_ROOT).replace(/\/+$/, "");
  const transferMs = options.timeoutMs ?? TRANSFER_TIMEOUT_MS;
  /** A client of its own time limit: grammY knows one per client, not per call. */
  const open = (ms: number): Api => {
    const client = new Api(token, {
      apiRoot,
      timeoutSeconds: ms / 1000,
      // A redirect would carry the token to another host.
      baseFetchConfig: { redirect: "error" },
      fetch: fetchOnce as unknown as GrammyFetch,
    });
    client.config.use(throwBotErrors);
    return client;
  };
  const api = open(timeoutMs);
  return {
    async sendText(message) {
      const paid = message.paid ? { allow_paid_broadcast: true } : {};
      const { entities } = formatted(message.entities);
      const other = { ...placement(message), ...previews(message.chatId), ...paid, ...(entities && { entities }) };
      return idOf(await api.sendMessage(message.chatId, message.text, other));
    },
    sendFile: (target, file) =>
      withFiles(media, [[file.fileKey, file.name]], async ([input]) =>
        idOf(await sendStoredFile(open(transferMs), { ...target, place: placement(target) }, { ...file, input })),
      ),
    async copyMessages({ chatId, fromChatId, messageIds, isForward, ...target }) {
      const place = placement(target);
      const { reply_parameters: _, ...withoutReply } = place;
      const [first] = messageIds;
      if (first !== undefined && messageIds.length === 1) {
        const sent = isForward
          ? await api.forwardMessage(chatId, fromChatId, first, withoutReply)
          : await api.copyMessage(chatId, fromChatId, first, place);
        return { messageIds: [idOf(sent).messageId] };
      }
      const sent = isForward
        ? await api.forwardMessages(chatId, fromChatId, [...messageIds], withoutReply)
        : await api.copyMessages(chatId, fromChatId, [...messageIds], withoutReply);
      return { messageIds: sent.map((one) => idOf(one).messageId) };
    },
    async sendPlace({ latitude, longitude, livePeriod, ...target }) {
      const live = livePeriod === null ? {} : { live_period: livePeriod };
      return idOf(await api.sendLocation(target.chatId, latitude, longitude, { ...placement(target), ...live }));
    },
    async editText(chatId, messageId, text, entities) {
      await api.editMessageText(chatId, messageId, text, { ...previews(chatId), ...formatted(entities) });
    },
    async editCaption(chatId, messageId, caption, list) {
      const { entities } = formatted(list);
      await api.editMessageCaption(chatId, messageId, { caption, ...(entities && { caption_entities: entities }) });
    },
    editFile: (chatId, messageId, file) =>
      withFiles(media, [[file.fileKey, file.name]], ([input]) =>
        editStoredFile(open(transferMs), { chatId, messageId }, { ...file, input }),
      ),
    async editPlace(chatId, messageId, { latitude, longitude, isOver }) {
      if (isOver) await api.stopMessageLiveLocation(chatId, messageId);
      else await api.editMessageLiveLocation(chatId, messageId, latitude, longitude);
    },
    async deleteMessage(chatId, messageId) {
      await api.deleteMessage(chatId, messageId);
    },
    async pinMessage(chatId, messageId) {
      await api.pinChatMessage(chatId, messageId, { disable_notification: true });
    },
    async unpinMessage(chatId, messageId) {
      await api.unpinChatMessage(chatId, messageId);
    },
    sendPhotos: (message) => sendPhotos(open(transferMs), media, message),
    async getMe() {
      const me = await api.getMe();
      const readsGroups = me.can_read_all_group_messages ?? null;
      return { id: me.id, username: me.username, name: fullName(me), readsGroups };
    },
    async getChat(chatId) {
      const chat = await api.getChat(chatId);
      const title = chat.type === "private" ? fullName(chat) : chat.title;
      return { id: chat.id, type: chat.type, title, isForum: "is_forum" in chat && chat.is_forum === true };
    },
    async createTopic(chatId, name) {
      return { threadId: (await api.createForumTopic(chatId, name)).message_thread_id };
    },
    async renameTopic(chatId, threadId, name) {
      await api.editForumTopic(chatId, threadId, { name });
    },
    async reopenTopic(chatId, threadId) {
      await api.reopenForumTopic(chatId, threadId);
    },
    async getRights(chatId) {
      const member = await api.getChatMember(chatId, Number(token.split(":", 1)[0]));
      if (typeof member?.status !== "string") return null;
      const rights = member.status === "administrator" ? member : null;
      const isCreator = member.status === "creator";
      return {
        status: member.status,
        canManageTopics: isCreator || rights?.can_manage_topics === true,
        canPin: isCreator || rights?.can_pin_messages === true,
        canDelete: isCreator || rights?.can_delete_messages === true,
      };
    },
    async removeTopic(chatId, threadId) {
      await api.deleteForumTopic(chatId, threadId);
    },
    async download(fileId) {
      const { file_path: path } = await api.getFile(fileId);
      if (path === undefined) throw new BotError("rejected", "getFile: Telegram named no file");
      return downloadBotFile({ apiRoot, token, path, timeoutMs: transferMs });
    },
    async setWebhook(url, secret) {
      await api.setWebhook(url, { secret_token: secret, allowed_updates: ALLOWED_UPDATES });
    },
    async deleteWebhook() {
      await api.deleteWebhook({});
    },
    async getUpdates(offset, timeoutSeconds, signal) {
      const other = { offset, timeout: timeoutSeconds, allowed_updates: ALLOWED_UPDATES };
      const poll = open(timeoutSeconds * 1000 + timeoutMs);
      return (await poll.getUpdates(other, signal as unknown as GrammySignal)) as unknown as BotUpdate[];
    },
  };
}

type OpenMedia = Pick<MediaStore, "open">;

async function sendPhotos(api: Api, media: OpenMedia, message: BotPhotos): Promise<{ messageIds: number[] }> {
  const { chatId, photoKeys } = message;
  if (photoKeys.length < 1 || photoKeys.length > MAX_PHOTOS)
    throw new BotError("rejected", `sendPhotos: ${photoKeys.length} photos`);
  const { entities } = formatted(message.entities);
  const formatting = entities && { caption_entities: entities };
  const caption = message.caption === "" ? {} : { caption: message.caption, ...formatting };
  return withFiles(
    media,
    photoKeys.map((key) => [key, null]),
    async (files) => {
      const [first] = files;
      const album = files.map((file) => ({ type: "photo" as const, media: file, ...(file === first && caption) }));
      const sent =
        first && album.length === 1
          ? [await api.sendPhoto(chatId, first, { ...placement(message), ...caption })]
          : await api.sendMediaGroup(chatId, album, placement(message));
      return { messageIds: sent.map((part) => idOf(part).messageId) };
    },
  );
}

/** Hands files to a call as streams, and closes them after it: grammY abandons a stream when a call is aborted. */
async function withFiles<T>(
  media: OpenMedia,
  named: readonly (readonly [key: string, name: string | null])[],
  send: (files: InputFile[]) => Promise<T>,
): Promise<T> {
  const opened = await Promise.all(named.map(([key]) => media.open(key))).catch(() => {
    throw new BotError("down", why("photoUnread").reason);
  });
  const streams: AsyncIterator<Uint8Array>[] = [];
  const files = opened.map((file, index) => {
    const [key = "", name = null] = named[index] ?? [];
    if (file === null) throw new BotError("rejected", why("photoGone").reason);
    const stream = file.read()[Symbol.asyncIterator]();
    streams.push(stream);
    return new InputFile({ [Symbol.asyncIterator]: () => stream }, name ?? key);
  });
  try {
    return await send(files);
  } finally {
    await Promise.allSettled(streams.map((stream) => stream.return?.()));
  }
}

/** A message that Telegram names is sent; without its id nothing is known of it. */
function idOf(sent: { message_id: number } | undefined): { messageId: number } {
  const messageId = sent?.message_id;
  if (Number.isSafeInteger(messageId)) return { messageId: Number(messageId) };
  throw new BotError("down", why("unreadable", { service: "Telegram" }).reason, { mayHaveArrived: true });
}

type Entities = NonNullable<Parameters<Api["sendMessage"]>[2]>["entities"];

const formatted = (entities: readonly TextEntity[] = []): { entities?: NonNullable<Entities> } =>
  entities.length > 0 ? { entities: toBotEntities(entities) as unknown as NonNullable<Entities> } : {};

function placement({ threadId, replyToMessageId, businessConnectionId }: Omit<BotTarget, "chatId">) {
  return {
    ...(businessConnectionId !== undefined && { business_connection_id: businessConnectionId }),
    ...(threadId !== undefined && threadId !== GENERAL_TOPIC && { message_thread_id: threadId }),
    ...(replyToMessageId !== undefined && {
      reply_parameters: { message_id: replyToMessageId, allow_sending_without_reply: true },
    }),
  };
}

// A customer's link should not fill the agents' topic with a stranger's page; an agent's link may show itself to the customer.
function previews(chatId: number) {
  return chatId < 0 ? { link_preview_options: { is_disabled: true } } : {};
}

function fullName(person: { first_name?: string; last_name?: string }): string {
  return [person.first_name, person.last_name].filter(Boolean).join(" ");
}
