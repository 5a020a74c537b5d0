import { isRecord } from "../http.ts";
import { badRequest } from "./bot-api-error.ts";
import type { Chat } from "./chats.ts";
import { assertBotMayWrite, findMessage, resolveChat } from "./chats.ts";
import type { Params } from "./params.ts";
import type { StoredMessage, TelegramState } from "./state.ts";

/** Where a message of the bot goes. */
interface Envelope {
  chat: Chat;
  place: Pick<StoredMessage, "fromId" | "threadId" | "replyTo">;
}

/** The parameters that every send method shares. Keyboards are accepted and not shown. @throws BotApiError 400, 403 */
export function readEnvelope(state: TelegramState, params: Params): Envelope {
  const chat = resolveChat(state, params.string("chat_id"));
  assertBotMayWrite(chat);
  const threadId = readThread(chat, params);
  const replied = readReply(chat, params);
  const place = {
    fromId: state.bot.id,
    threadId: threadId ?? replied?.threadId ?? null,
    replyTo: replied?.messageId ?? null,
  };
  return { chat, place };
}

/** Also refuses 1, the General topic, which Telegram does not take by number. */
function readThread(chat: Chat, params: Params): number | null {
  if (chat.kind === "private" || !params.has("message_thread_id")) return null;
  const threadId = params.integer("message_thread_id");
  if (threadId === 0) return null;
  const exists = chat.group.topics.some((topic) => topic.threadId === threadId);
  if (threadId === undefined || !exists) throw badRequest("message thread not found");
  return threadId;
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
