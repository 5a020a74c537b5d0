import type { MediaStore } from "@pult/api/media/store.ts";
import { type Bot, BotError, type BotPhotos, type BotText, type BotUpdate } from "@pult/api/telegram/bot.ts";
// The web build uses the runtime's own fetch, on Node and Deno alike; the other one brings node-fetch.
import { Api, type ApiClientOptions, InputFile } from "grammy/web";
import { downloadBotFile } from "./bot-download.ts";
import { toBotError } from "./bot-errors.ts";
import { fetchOnce } from "./fetch-once.ts";

const DEFAULT_ROOT = "https://api.telegram.org";
const CALL_TIMEOUT_MS = 20_000;
/** Photos up, files down: at least 10 MB on a slow line. */
const TRANSFER_TIMEOUT_MS = 60_000;
const MAX_PHOTOS = 10;
// Telegram keeps the last list it was given, so it is named each time.
const ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"] as const;

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

/** The Bot API through grammY. @see https://core.telegram.org/bots/api */
export function createGrammyBot(options: GrammyBotOptions): Bot {
  const { token, media, timeoutMs = CALL_TIMEOUT_MS } = options;
  const apiRoot = (options.apiRoot ?? DEFAULT_ROOT).replace(/\/+$/, "");
  const transferMs = options.timeoutMs ?? TRANSFER_TIMEOUT_MS;
  const open: OpenApi = (ms) =>
    new Api(token, {
      apiRoot,
      timeoutSeconds: ms / 1000,
      // A redirect would carry the token to another host.
      baseFetchConfig: { redirect: "error" },
      fetch: fetchOnce as unknown as GrammyFetch,
    });
  const api = open(timeoutMs);
  return {
    ...messageMethods(api),
    ...updateMethods(api, { open, timeoutMs }),
    sendPhotos: (message) => sendPhotos(open(transferMs), media, message),
    getMe: () =>
      call("getMe", async () => {
        const me = await api.getMe();
        return { id: me.id, username: me.username, name: fullName(me) };
      }),
    getChat: (chatId) =>
      call("getChat", async () => {
        const chat = await api.getChat(chatId);
        const title = chat.type === "private" ? fullName(chat) : chat.title;
        return { id: chat.id, type: chat.type, title, isForum: "is_forum" in chat && chat.is_forum === true };
      }),
    createTopic: (chatId, name) =>
      call("createForumTopic", async () => {
        const topic = await api.createForumTopic(chatId, name);
        return { threadId: topic.message_thread_id };
      }),
    removeTopic: (chatId, threadId) =>
      call("deleteForumTopic", async () => {
        await api.deleteForumTopic(chatId, threadId);
      }),
    download: (fileId) =>
      call("getFile", async () => {
        const { file_path: path } = await api.getFile(fileId);
        if (path === undefined) throw new BotError("rejected", "getFile: Telegram named no file");
        return downloadBotFile({ apiRoot, token, path, timeoutMs: transferMs });
      }),
  };
}

/** A client of its own time limit: grammY knows one per client, not per call. */
type OpenApi = (timeoutMs: number) => Api;

type MessageMethods = Pick<Bot, "sendText" | "editText" | "editCaption">;

function messageMethods(api: Api): MessageMethods {
  return {
    sendText: (message) =>
      call("sendMessage", async () => {
        const other = { ...placement(message), ...previews(message.chatId) };
        return { messageId: (await api.sendMessage(message.chatId, message.text, other)).message_id };
      }),
    editText: (chatId, messageId, text) =>
      call("editMessageText", async () => {
        await api.editMessageText(chatId, messageId, text, previews(chatId));
      }),
    editCaption: (chatId, messageId, caption) =>
      call("editMessageCaption", async () => {
        await api.editMessageCaption(chatId, messageId, { caption });
      }),
  };
}

// The types of the web build still speak of the packages that the other build takes its fetch and its signals from.
type GrammyFetch = NonNullable<ApiClientOptions["fetch"]>;
type GrammySignal = NonNullable<Parameters<Api["getMe"]>[0]>;

type UpdateMethods = Pick<Bot, "setWebhook" | "deleteWebhook" | "getUpdates">;

function updateMethods(api: Api, polls: { open: OpenApi; timeoutMs: number }): UpdateMethods {
  return {
    setWebhook: (url, secret) =>
      call("setWebhook", async () => {
        await api.setWebhook(url, { secret_token: secret, allowed_updates: ALLOWED_UPDATES });
      }),
    deleteWebhook: () =>
      call("deleteWebhook", async () => {
        await api.deleteWebhook({});
      }),
    getUpdates: (offset, timeoutSeconds, signal) =>
      call("getUpdates", async () => {
        const poll = polls.open(timeoutSeconds * 1000 + polls.timeoutMs);
        const other = { offset, timeout: timeoutSeconds, allowed_updates: ALLOWED_UPDATES };
        const updates = await poll.getUpdates(other, signal as unknown as GrammySignal);
        return updates as unknown as BotUpdate[];
      }),
  };
}

type OpenMedia = Pick<MediaStore, "open">;

function sendPhotos(api: Api, media: OpenMedia, message: BotPhotos): Promise<{ messageIds: number[] }> {
  return message.photoKeys.length === 1
    ? call("sendPhoto", () => sendPhoto(api, media, message))
    : call("sendMediaGroup", () => sendAlbum(api, media, message));
}

async function sendPhoto(api: Api, media: OpenMedia, message: BotPhotos) {
  const other = { ...placement(message), ...(message.caption !== "" && { caption: message.caption }) };
  return withFiles(media, message.photoKeys, async ([photo]) => {
    if (photo === undefined) throw new BotError("rejected", "sendPhoto: no photo");
    return { messageIds: [(await api.sendPhoto(message.chatId, photo, other)).message_id] };
  });
}

async function sendAlbum(api: Api, media: OpenMedia, message: BotPhotos) {
  const count = message.photoKeys.length;
  if (count < 2 || count > MAX_PHOTOS) throw new BotError("rejected", `sendMediaGroup: ${count} photos`);
  return withFiles(media, message.photoKeys, async (photos) => {
    const album = photos.map((photo, index) => ({
      type: "photo" as const,
      media: photo,
      ...(index === 0 && message.caption !== "" && { caption: message.caption }),
    }));
    const sent = await api.sendMediaGroup(message.chatId, album, placement(message));
    return { messageIds: sent.map((part) => part.message_id) };
  });
}

/** Hands files to a call as streams, and closes them after it: grammY abandons a stream when a call is aborted. */
async function withFiles<T>(media: OpenMedia, keys: string[], send: (files: InputFile[]) => Promise<T>): Promise<T> {
  const opened = await Promise.all(keys.map((key) => media.open(key))).catch(() => {
    throw new BotError("down", "The photo could not be read from the media store");
  });
  const streams: AsyncIterator<Uint8Array>[] = [];
  const files = opened.map((file, index) => {
    const key = keys[index] ?? "";
    if (file === null) throw new BotError("rejected", `There is no photo ${key}`);
    const stream = file.read()[Symbol.asyncIterator]();
    streams.push(stream);
    return new InputFile({ [Symbol.asyncIterator]: () => stream }, key);
  });
  try {
    return await send(files);
  } finally {
    await Promise.allSettled(streams.map((stream) => stream.return?.()));
  }
}

function placement({ threadId, replyToMessageId }: Pick<BotText, "threadId" | "replyToMessageId">) {
  return {
    ...(threadId !== undefined && { message_thread_id: threadId }),
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

async function call<T>(method: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toBotError(error, method);
  }
}
