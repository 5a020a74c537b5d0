import type { MediaStore } from "@pult/api/media/store.ts";
import { why } from "@pult/api/outbox/why.ts";
import {
  type Bot,
  BotError,
  type BotPhotos,
  type BotText,
  type BotUpdate,
  GENERAL_TOPIC,
} from "@pult/api/telegram/bot.ts";
// The web build uses the runtime's own fetch, on Node and Deno alike; the other one brings node-fetch.
import { Api, type ApiClientOptions, InputFile } from "grammy/web";
import { downloadBotFile } from "./bot-download.ts";
import { throwBotErrors } from "./bot-errors.ts";

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
      const other = { ...placement(message), ...previews(message.chatId), ...paid };
      return { messageId: (await api.sendMessage(message.chatId, message.text, other)).message_id };
    },
    async editText(chatId, messageId, text) {
      await api.editMessageText(chatId, messageId, text, previews(chatId));
    },
    async editCaption(chatId, messageId, caption) {
      await api.editMessageCaption(chatId, messageId, { caption });
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
      return { id: me.id, username: me.username, name: fullName(me) };
    },
    async getChat(chatId) {
      const chat = await api.getChat(chatId);
      const title = chat.type === "private" ? fullName(chat) : chat.title;
      return { id: chat.id, type: chat.type, title, isForum: "is_forum" in chat && chat.is_forum === true };
    },
    async createTopic(chatId, name) {
      return { threadId: (await api.createForumTopic(chatId, name)).message_thread_id };
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
  const caption = message.caption === "" ? {} : { caption: message.caption };
  return withFiles(media, photoKeys, async (files) => {
    const [first] = files;
    const album = files.map((file) => ({ type: "photo" as const, media: file, ...(file === first && caption) }));
    const sent =
      first && album.length === 1
        ? [await api.sendPhoto(chatId, first, { ...placement(message), ...caption })]
        : await api.sendMediaGroup(chatId, album, placement(message));
    return { messageIds: sent.map((part) => part.message_id) };
  });
}

/** Hands files to a call as streams, and closes them after it: grammY abandons a stream when a call is aborted. */
async function withFiles<T>(media: OpenMedia, keys: string[], send: (files: InputFile[]) => Promise<T>): Promise<T> {
  const opened = await Promise.all(keys.map((key) => media.open(key))).catch(() => {
    throw new BotError("down", why("photoUnread").reason);
  });
  const streams: AsyncIterator<Uint8Array>[] = [];
  const files = opened.map((file, index) => {
    const key = keys[index] ?? "";
    if (file === null) throw new BotError("rejected", why("photoGone").reason);
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
