import { isRecord } from "../http.ts";
import type { BotMethod, MethodCall } from "./backend.ts";
import { badRequest } from "./bot-api-error.ts";
import type { Chat } from "./chats.ts";
import { findMessage, resolveChat } from "./chats.ts";
import { readMedia } from "./file-methods.ts";
import { announceMessage, appendMessage, removeMessages } from "./message-store.ts";
import { renderMessage } from "./render.ts";
import type { StoredMessage } from "./state.ts";
import { readCaption, readEntities, readText } from "./text.ts";

const NOT_MODIFIED =
  "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message";

/** @throws BotApiError 400 "message to <verb> not found" */
function readTarget({ backend, params }: MethodCall, verb: string): { chat: Chat; message: StoredMessage } {
  const chat = resolveChat(backend.host.state, params.string("chat_id"));
  if (!params.has("message_id")) throw badRequest("message identifier is not specified");
  const message = findMessage(chat, params.integer("message_id"));
  if (message === undefined) throw badRequest(`message to ${verb} not found`);
  return { chat, message };
}

const editMessageText: BotMethod = (call) => edit(call, { text: readText(call.params), part: "text" });
const editMessageCaption: BotMethod = (call) => edit(call, { text: readCaption(call.params), part: "caption" });

function edit(call: MethodCall, { text, part }: { text: string; part: "text" | "caption" }): unknown {
  const { host } = call.backend;
  const { chat, message } = readTarget(call, "edit");
  const { fromId, service, photoFile, documentFile } = message;
  if (fromId !== host.state.bot.id || service !== null) throw badRequest("message can't be edited");
  const isMedia = photoFile !== null || documentFile !== null;
  const entities = readEntities(call.params);
  if (isMedia !== (part === "caption")) throw badRequest(`there is no ${part} in the message to edit`);
  const isSame = JSON.stringify(entities) === JSON.stringify(message.entities);
  if (text === message.text && isSame) throw badRequest(NOT_MODIFIED);
  Object.assign(message, { text, entities, editDate: host.unixNow });
  announceMessage(host, chat, message);
  return renderMessage(host.state, chat, message);
}

const pinChatMessage: BotMethod = (call) => {
  const { chat, message } = readTarget(call, "pin");
  if (message.service !== null) throw badRequest("message can't be pinned");
  if (message.pinned) return true;
  const { host, updates } = call.backend;
  message.pinned = true;
  announceMessage(host, chat, message);
  const notice = appendMessage(host, chat, {
    fromId: host.state.bot.id,
    threadId: message.threadId,
    service: { kind: "pinned", messageId: message.messageId },
  });
  updates.push("message", renderMessage(host.state, chat, notice));
  return true;
};

const unpinChatMessage: BotMethod = (call) => {
  const { chat, message } = readTarget(call, "unpin");
  if (!message.pinned) return true;
  message.pinned = false;
  announceMessage(call.backend.host, chat, message);
  return true;
};

/** Photos and documents; the old file stays on the shelf. */
const editMessageMedia: BotMethod = (call) => {
  const { host } = call.backend;
  const { chat, message } = readTarget(call, "edit");
  const media = call.params.json("media");
  if (!isRecord(media)) throw badRequest("can't parse media JSON object");
  const content = readMedia(call, media);
  Object.assign(message, { photoFile: null, documentFile: null }, content, { editDate: host.unixNow });
  announceMessage(host, chat, message);
  return renderMessage(host.state, chat, message);
};

const editMessageLiveLocation: BotMethod = (call) => {
  const [latitude, longitude] = ["latitude", "longitude"].map((name) => Number(call.params.string(name)));
  return moveLocation(call, { latitude, longitude, live_period: 900 });
};
const stopMessageLiveLocation: BotMethod = (call) => moveLocation(call, {});

function moveLocation(call: MethodCall, place: Record<string, unknown>): unknown {
  const { host } = call.backend;
  const { chat, message } = readTarget(call, "edit");
  const { location } = message.card ?? {};
  if (!isRecord(location)) throw badRequest("there is no live location in the message to edit");
  const { live_period: _, ...rest } = location;
  Object.assign(message, { card: { location: { ...rest, ...place } }, editDate: host.unixNow });
  announceMessage(host, chat, message);
  return renderMessage(host.state, chat, message);
}

const deleteMessage: BotMethod = (call) => {
  const { chat, message } = readTarget(call, "delete");
  removeMessages(call.backend.host, chat, (candidate) => candidate === message);
  return true;
};

export const messageMethods: Record<string, BotMethod> = {
  editMessageText,
  editMessageCaption,
  pinChatMessage,
  unpinChatMessage,
  editMessageMedia,
  editMessageLiveLocation,
  stopMessageLiveLocation,
  deleteMessage,
};
