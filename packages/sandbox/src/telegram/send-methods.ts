import { isRecord } from "../http.ts";
import type { BotMethod, MethodCall } from "./backend.ts";
import { longId } from "./backend.ts";
import { badRequest } from "./bot-api-error.ts";
import type { Chat } from "./chats.ts";
import { assertBotMayWrite, findMessage, resolveChat } from "./chats.ts";
import { readMedia, readPhoto } from "./file-methods.ts";
import { appendMessage } from "./message-store.ts";
import type { Params } from "./params.ts";
import { renderMessage } from "./render.ts";
import type { StoredMessage, TelegramState } from "./state.ts";
import { readCaption, readEntities, readText } from "./text.ts";

/** Where a message of the bot goes. */
export interface Envelope {
  chat: Chat;
  place: Pick<StoredMessage, "fromId" | "threadId" | "replyTo">;
}

/** The parameters that every send method shares. Keyboards are accepted and not shown. @throws BotApiError 400, 403 */
export function readEnvelope(state: TelegramState, params: Params): Envelope {
  const chat = resolveChat(state, params.string("chat_id"));
  assertBotMayWrite(chat);
  const threadId = readThread(state, chat, params);
  const replied = readReply(chat, params);
  const place = {
    fromId: state.bot.id,
    threadId: threadId ?? replied?.threadId ?? null,
    replyTo: replied?.messageId ?? null,
  };
  return { chat, place };
}

/** Also refuses 1, the General topic, which Telegram does not take by number. */
function readThread(state: TelegramState, chat: Chat, params: Params): number | null {
  if (chat.kind === "private" || !params.has("message_thread_id")) return null;
  const threadId = params.integer("message_thread_id");
  if (threadId === 0) return null;
  const topic = chat.group.topics.find((candidate) => candidate.threadId === threadId);
  if (topic === undefined) throw badRequest("message thread not found");
  // An administrator who manages topics may write there; in the live group the bot may only pin.
  if (topic.isClosed && chat.group === state.liveGroup) throw badRequest("TOPIC_CLOSED");
  return topic.threadId;
}

function readReply(chat: Chat, params: Params): StoredMessage | undefined {
  const reply = params.json("reply_parameters");
  const modern = isRecord(reply) ? reply : {};
  const messageId = Number(modern.message_id ?? params.integer("reply_to_message_id") ?? 0);
  if (messageId === 0) return undefined;
  const message = findMessage(chat, messageId);
  const isOptional = modern.allow_sending_without_reply === true || params.boolean("allow_sending_without_reply");
  if (message === undefined && !isOptional) throw badRequest("message to be replied not found");
  return message;
}

const sendMessage: BotMethod = ({ backend, params }) => {
  const { state } = backend.host;
  const text = readText(params);
  const { chat, place } = readEnvelope(state, params);
  const entities = readEntities(params);
  return renderMessage(state, chat, appendMessage(backend.host, chat, { ...place, text, entities }));
};

const sendPhoto: BotMethod = (call) => {
  const { host } = call.backend;
  const text = readCaption(call.params);
  const { chat, place } = readEnvelope(host.state, call.params);
  const reference = call.params.upload("photo") === undefined ? call.params.string("photo") : "photo";
  if (reference === undefined || reference === "") throw badRequest("there is no photo in the request");
  const photoFile = readPhoto(call, reference);
  const entities = readEntities(call.params);
  return renderMessage(host.state, chat, appendMessage(host, chat, { ...place, text, entities, photoFile }));
};

const sendMediaGroup: BotMethod = (call) => {
  const { host } = call.backend;
  const parts = call.params.json("media");
  if (!Array.isArray(parts)) throw badRequest("media must be an Array");
  if (parts.length < 2) throw badRequest("too few messages to send as an album");
  if (parts.length > 10) throw badRequest("too many messages to send as an album");
  const { chat, place } = readEnvelope(host.state, call.params);
  const album = parts.map((part) => readPart(call, part));
  const mediaGroupId = longId();
  const sent = album.map((content) => appendMessage(host, chat, { ...place, ...content, mediaGroupId }));
  return sent.map((message) => renderMessage(host.state, chat, message));
};

function readPart(call: MethodCall, part: unknown): Pick<StoredMessage, "text"> & Partial<StoredMessage> {
  if (!isRecord(part)) throw badRequest("can't parse media JSON object");
  return readMedia(call, part);
}

export const sendMethods: Record<string, BotMethod> = { sendMessage, sendPhoto, sendMediaGroup };
