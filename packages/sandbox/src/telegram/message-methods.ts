import { isRecord } from "../http.ts";
import type { BotMethod, MethodCall } from "./backend.ts";
import { badRequest } from "./bot-api-error.ts";
import type { Chat } from "./chats.ts";
import { findMessage, resolveChat } from "./chats.ts";
import { readButtons } from "./envelope.ts";
import { announceMessage, appendMessage, removeMessages } from "./message-store.ts";
import { renderMessage } from "./render.ts";
import type { StoredMessage } from "./state.ts";
import { readCaption, readText } from "./text.ts";

const NOT_MODIFIED =
  "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message";

const REACTIONS = new Set(
  "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡".split(
    " ",
  ),
);

interface Target {
  chat: Chat;
  message: StoredMessage;
}

/** @throws BotApiError 400 "message to <verb> not found" */
function readTarget({ backend, params }: MethodCall, verb: string): Target {
  const chat = resolveChat(backend.host.state, params.string("chat_id"));
  if (!params.has("message_id")) throw badRequest("message identifier is not specified");
  const message = findMessage(chat, params.integer("message_id"));
  if (message === undefined) throw badRequest(`message to ${verb} not found`);
  return { chat, message };
}

function readOwn(call: MethodCall): Target {
  const target = readTarget(call, "edit");
  if (target.message.fromId !== call.backend.host.state.bot.id || target.message.service !== null) {
    throw badRequest("message can't be edited");
  }
  return target;
}

function isMedia({ photoFile, documentFile }: StoredMessage): boolean {
  return photoFile !== null || documentFile !== null;
}

type Change = Pick<StoredMessage, "buttons"> & Partial<Pick<StoredMessage, "text" | "entities">>;

function applyEdit({ backend }: MethodCall, { chat, message }: Target, change: Change): unknown {
  const edited = { ...message, ...change };
  const isSame = (["text", "entities", "buttons"] as const).every(
    (name) => JSON.stringify(edited[name]) === JSON.stringify(message[name]),
  );
  if (isSame) throw badRequest(NOT_MODIFIED);
  Object.assign(message, change, { editDate: backend.host.unixNow });
  announceMessage(backend.host, chat, message);
  return renderMessage(backend.host.state, chat, message);
}

const editMessageText: BotMethod = (call) => {
  const content = readText(call.params);
  const target = readOwn(call);
  if (isMedia(target.message)) throw badRequest("there is no text in the message to edit");
  return applyEdit(call, target, { ...content, buttons: readButtons(call.params) });
};

const editMessageCaption: BotMethod = (call) => {
  const caption = readCaption(call.params);
  const target = readOwn(call);
  if (!isMedia(target.message)) throw badRequest("there is no caption in the message to edit");
  return applyEdit(call, target, { ...caption, buttons: readButtons(call.params) });
};

const editMessageReplyMarkup: BotMethod = (call) =>
  applyEdit(call, readOwn(call), { buttons: readButtons(call.params) });

const deleteMessage: BotMethod = (call) => {
  const { chat, message } = readTarget(call, "delete");
  if (message.service?.kind === "topicCreated") throw badRequest("message can't be deleted");
  removeMessages(call.backend.host, chat, (candidate) => candidate === message);
  return true;
};

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
  const { chat, message } = call.params.has("message_id") ? readTarget(call, "unpin") : newestPin(call);
  if (message.pinned) {
    message.pinned = false;
    announceMessage(call.backend.host, chat, message);
  }
  return true;
};

function newestPin({ backend, params }: MethodCall): Target {
  const chat = resolveChat(backend.host.state, params.string("chat_id"));
  const message = chat.messages.findLast((candidate) => candidate.pinned);
  if (message === undefined) throw badRequest("message to unpin not found");
  return { chat, message };
}

const setMessageReaction: BotMethod = (call) => {
  const { chat, message } = readTarget(call, "react");
  const wanted = call.params.json("reaction") ?? [];
  if (!Array.isArray(wanted)) throw badRequest("reaction must be an Array");
  if (wanted.length > 1) throw badRequest("REACTIONS_TOO_MANY");
  message.reactions = wanted.map(readReaction);
  announceMessage(call.backend.host, chat, message);
  return true;
};

function readReaction(reaction: unknown): string {
  const emoji = isRecord(reaction) && reaction.type === "emoji" ? reaction.emoji : undefined;
  if (typeof emoji !== "string" || !REACTIONS.has(emoji)) throw badRequest("REACTION_INVALID");
  return emoji;
}

const answerCallbackQuery: BotMethod = ({ backend, params }) => {
  if (!backend.closeQuery(params.string("callback_query_id") ?? "")) {
    throw badRequest("query is too old and response timeout expired or query ID is invalid");
  }
  if ((params.string("text") ?? "").length > 200) throw badRequest("MESSAGE_TOO_LONG");
  return true;
};

export const messageMethods: Record<string, BotMethod> = {
  editMessageText,
  editMessageCaption,
  editMessageReplyMarkup,
  deleteMessage,
  pinChatMessage,
  unpinChatMessage,
  setMessageReaction,
  answerCallbackQuery,
};
