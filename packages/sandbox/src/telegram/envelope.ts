import { isRecord } from "../http.ts";
import { badRequest } from "./bot-api-error.ts";
import type { Chat } from "./chats.ts";
import { assertBotMayWrite, findMessage, resolveChat } from "./chats.ts";
import type { Params } from "./params.ts";
import type { InlineButton, StoredMessage, TelegramState } from "./state.ts";

/** Where a message of the bot goes. */
export interface Envelope {
  chat: Chat;
  place: Pick<StoredMessage, "fromId" | "threadId" | "replyTo" | "buttons">;
}

/** The parameters that every send method shares. @throws BotApiError 400, 403 */
export function readEnvelope(state: TelegramState, params: Params): Envelope {
  const chat = resolveChat(state, params.string("chat_id"));
  assertBotMayWrite(chat);
  const threadId = readThread(chat, params);
  const replied = readReply(chat, params);
  const buttons = readButtons(params);
  return {
    chat,
    place: {
      fromId: state.bot.id,
      threadId: threadId ?? replied?.threadId ?? null,
      replyTo: replied?.messageId ?? null,
      buttons,
    },
  };
}

/** Also refuses 1, the General topic, which Telegram does not take by number. */
export function readThread(chat: Chat, params: Params): number | null {
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

/** The inline keyboard; other kinds of markup are taken and not shown. @throws BotApiError 400 */
export function readButtons(params: Params): InlineButton[][] {
  const markup = params.json("reply_markup");
  if (markup === undefined || markup === null) return [];
  if (!isRecord(markup)) throw badRequest("object expected as reply markup");
  const rows = markup.inline_keyboard;
  if (rows === undefined) return [];
  if (!Array.isArray(rows)) throw badRequest("inline keyboard must be an Array of Arrays");
  return rows.map(readRow).filter((row) => row.length > 0);
}

function readRow(row: unknown): InlineButton[] {
  if (!Array.isArray(row)) throw badRequest("inline keyboard must be an Array of Arrays");
  return row.map(readButton);
}

function readButton(button: unknown): InlineButton {
  if (!isRecord(button)) throw badRequest("InlineKeyboardButton must be an Object");
  const { text, callback_data: data } = button;
  if (typeof text !== "string" || text === "") throw badRequest("inline keyboard button text must be non-empty");
  if (data === undefined) {
    if (Object.keys(button).length === 1) throw badRequest("text buttons are unallowed in the inline keyboard");
    return { ...button, text };
  }
  if (typeof data !== "string" || Buffer.byteLength(data) > 64 || data === "") throw badRequest("BUTTON_DATA_INVALID");
  return { ...button, text, callback_data: data };
}
