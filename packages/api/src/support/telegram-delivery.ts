import type { Deps } from "../context.ts";
import { type Problem, why } from "../outbox/why.ts";
import type { ForumPlace } from "../telegram/forum.ts";
import { messagesShowing, type ShownMessages } from "../telegram/messages.ts";
import type { Telegram } from "../telegram/telegram.ts";
import type { ConversationRecord } from "./conversation-rows.ts";
import type { TelegramPayload } from "./plan-deliveries.ts";
import type { StoredMessage } from "./stored.ts";
import { conversationSubject, messageSubject } from "./subjects.ts";
import { splitText } from "./text.ts";

export interface TelegramJob {
  payload: TelegramPayload;
  message: StoredMessage;
  conversation: ConversationRecord;
}

/** Nothing more can be done for this item, for a reason of our own. */
export class UndeliverableError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(why(problem).reason);
    this.problem = problem;
  }
}

/**
 * Makes one call for what a message owes.
 * @returns the Telegram messages that show it now; null when none is new; `step` when there is more to do first
 * @throws BotError, UndeliverableError
 */
export async function deliverToTelegram(
  { db, telegram }: { db: Deps["db"]; telegram: Telegram },
  job: TelegramJob,
): Promise<ShownMessages | null | "step"> {
  const { payload, message, conversation } = job;
  const { bot } = telegram;
  const place = await placeOf(telegram, job);
  if (place === "step") return "step";
  const { chatId, threadId } = place;
  if (payload.type === "edit") {
    await edit({ db, telegram }, { chatId, messageId: message.id, text: label(job, payload.text, threadId) });
    return null;
  }
  const replyToMessageId = await telegramIdOf(db, chatId, payload.replyToId);
  const target = {
    chatId,
    ...(threadId === null ? {} : { threadId }),
    ...(replyToMessageId === null ? {} : { replyToMessageId }),
  };
  const shown = { chatId, subject: messageSubject(message.id), parent: conversationSubject(conversation.id) };
  if (payload.type === "photos") {
    const { photoKeys, caption } = payload;
    const sent = await bot.sendPhotos({ ...target, photoKeys, caption: label(job, caption, threadId) });
    return { ...shown, messageIds: sent.messageIds, part: 0, caption: true };
  }
  const { messageId } = await bot.sendText({ ...target, text: label(job, payload.text, threadId) });
  return { ...shown, messageIds: [messageId], part: payload.part, caption: false };
}

/** In a group without topics nothing but the text says whose words they are. */
function label({ payload, message, conversation }: TelegramJob, text: string, threadId: number | null): string {
  if (payload.to !== "group" || threadId !== null || message.kind !== "customer") return text;
  const short = (name: string) => name.slice(0, 128).toWellFormed();
  return `${short(conversation.customerName)} (${conversation.channel} ${short(conversation.externalId)})\n${text}`;
}

async function placeOf({ forum }: Telegram, { payload, conversation }: TelegramJob): Promise<ForumPlace | "step"> {
  if (payload.to === "customer") return { chatId: Number(conversation.externalId), threadId: null };
  if (!forum) throw new UndeliverableError("noGroup");
  const subject = conversationSubject(conversation.id);
  return forum.placeOf({ subject, name: conversation.customerName, card: cardOf(conversation) });
}

function cardOf(conversation: ConversationRecord): string {
  const lines = [conversation.customerName, `${conversation.channel} · ${conversation.externalId}`];
  if (conversation.customerUsername) lines.push(`@${conversation.customerUsername}`);
  if (conversation.languageCode) lines.push(conversation.languageCode);
  return lines.join("\n");
}

async function telegramIdOf(db: Deps["db"], chatId: number, messageId: number | null): Promise<number | null> {
  if (messageId === null) return null;
  const [first] = await messagesShowing(db, chatId, messageSubject(messageId));
  return first?.telegramMessageId ?? null;
}

async function edit(
  { db, telegram: { bot } }: { db: Deps["db"]; telegram: Telegram },
  change: { chatId: number; messageId: number; text: string },
): Promise<void> {
  const { chatId, messageId, text } = change;
  const [first, ...others] = await messagesShowing(db, chatId, messageSubject(messageId));
  if (!first) return;
  const texts = others.filter((one) => one.caption === 0);
  const limit = first.caption === 1 ? 1024 : 4096;
  if (texts.length > 0 || splitText(text, limit).length > 1) {
    throw new UndeliverableError("tooLongToEdit");
  }
  if (first.caption === 1) await bot.editCaption(chatId, first.telegramMessageId, text);
  else await bot.editText(chatId, first.telegramMessageId, text);
}
