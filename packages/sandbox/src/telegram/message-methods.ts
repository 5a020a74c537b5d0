import type { BotMethod, MethodCall } from "./backend.ts";
import { badRequest } from "./bot-api-error.ts";
import type { Chat } from "./chats.ts";
import { findMessage, resolveChat } from "./chats.ts";
import { announceMessage, appendMessage } from "./message-store.ts";
import { renderMessage } from "./render.ts";
import type { StoredMessage } from "./state.ts";
import { readCaption, readText } from "./text.ts";

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
  if (isMedia !== (part === "caption")) throw badRequest(`there is no ${part} in the message to edit`);
  if (text === message.text) throw badRequest(NOT_MODIFIED);
  Object.assign(message, { text, editDate: host.unixNow });
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

export const messageMethods: Record<string, BotMethod> = {
  editMessageText,
  editMessageCaption,
  pinChatMessage,
  unpinChatMessage,
};
