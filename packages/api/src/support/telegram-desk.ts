import { messages } from "@pult/db/schema/support.ts";
import { eq } from "drizzle-orm";
import type { Customer } from "../actor.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { storableText } from "../storable.ts";
import { BotError } from "../telegram/bot.ts";
import { subjectOfTopic } from "../telegram/forum.ts";
import type { Note, TelegramReceiver } from "../telegram/inbox.ts";
import { shownBy } from "../telegram/messages.ts";
import type { Telegram } from "../telegram/telegram.ts";
import type { TelegramMessage } from "../telegram/updates.ts";
import { sendAsCustomer } from "./customer-service.ts";
import { editMessage } from "./edit.ts";
import { greetCustomer } from "./greeting.ts";
import { messageWriterOf } from "./message-writer.ts";
import { uploadPhoto } from "./photos.ts";
import { MAX_PHOTOS, MAX_TEXT_LENGTH } from "./schema.ts";
import { conversationIdOf, messageIdOf } from "./subjects.ts";
import { hashContent } from "./text.ts";

interface Desk {
  /** Acts as the system. */
  ctx: Context;
  telegram: Telegram;
}

/** Messages to the bot, and in the support group, into the desk. Safe to repeat: the Telegram ids are the client id. */
export const supportReceiver: TelegramReceiver = {
  async message(ctx, telegram, parts) {
    const [first] = parts;
    if (!first) return "empty";
    if (first.chatType === "private") return receiveFromCustomer({ ctx, telegram }, parts);
    if (first.chatId === (await telegram.forum?.chatId())) return receiveFromGroup({ ctx, telegram }, parts);
    return "not the support group";
  },
  /** An edit in Telegram follows into the desk and on to the other side. */
  async edit(ctx, _, message) {
    const mapped = await ourMessage(ctx, message.chatId, message.messageId);
    if (!mapped) return "an edit of a message we do not have";
    // Which words of the whole were this part's is not known any more.
    if (mapped.part > 0) return "an edit of a later part of an album";
    const whole = [message.attachment, message.text].filter(Boolean).join("\n");
    if (mapped.kind === "agent" && NOTE.test(message.text)) return keepAsNote(ctx, message, { ...mapped, whole });
    const text = mapped.kind === "note" ? withoutNoteMark(whole) : whole;
    return (await editMessage(ctx, { messageId: mapped.messageId, text })) ? null : "nothing changed";
  },
};

function customerOfTelegram({ sender }: TelegramMessage): Customer {
  return {
    kind: "customer",
    namespace: "telegram",
    externalId: String(sender.id),
    name: sender.name,
    username: sender.username,
    languageCode: sender.languageCode,
  };
}

async function receiveFromCustomer(
  desk: Desk,
  parts: [TelegramMessage, ...TelegramMessage[]] | TelegramMessage[],
): Promise<Note> {
  const [first] = parts;
  if (!first || first.sender.isBot) return "from a bot";
  const customer = customerOfTelegram(first);
  if (/^\/start(\s|$)/.test(first.text)) {
    await greetCustomer(desk.ctx, customer);
    return null;
  }
  const content = await contentOf(desk, parts);
  if (content.text.trim() === "" && content.photoIds.length === 0) return "nothing to show";
  const quoted =
    first.replyToMessageId === null ? null : await ourMessage(desk.ctx, first.chatId, first.replyToMessageId);
  await sendAsCustomer(desk.ctx, customer, {
    source: "telegram",
    ...content,
    ...originOf(parts, content.photoIds.length > 0),
    ...(quoted ? { replyToId: quoted.messageId } : {}),
  });
  return null;
}

async function receiveFromGroup(desk: Desk, parts: TelegramMessage[]): Promise<Note> {
  const [first] = parts;
  if (!first || (first.sender.isBot && first.senderChatId !== first.chatId)) return "from a bot";
  const target = await targetOf(desk, first);
  if (!target) return "internal talk";
  const content = await contentOf(desk, parts);
  if (content.text.trim() === "" && content.photoIds.length === 0) return "nothing to show";
  const isNote = parts.some((part) => NOTE.test(part.text));
  const text = isNote ? withoutNoteMark(content.text) : content.text;
  if (isNote && text === "") return "an empty note";
  await messageWriterOf(desk.ctx).write({
    conversation: { id: target.conversationId },
    kind: isNote ? "note" : "agent",
    text,
    photoIds: content.photoIds,
    ownerRef: "system",
    author: { id: null, name: first.sender.name },
    source: "group",
    replyToId: target.messageId,
    ...originOf(parts, content.photoIds.length > 0),
    contentHash: content.contentHash,
  });
  return null;
}

/** How an agent marks words in the group as a note; what is attached stands on a line before them. */
const NOTE = /^\/\//;
const withoutNoteMark = (text: string): string => text.replace(/^\/\/\s*/m, "").trim();

/** Whose conversation a message in the group is about: a reply to a customer's message says it, else the topic. */
async function targetOf(
  { ctx }: Desk,
  message: TelegramMessage,
): Promise<{ conversationId: number; messageId: number | null } | null> {
  const quoted =
    message.replyToMessageId === null ? null : await ourMessage(ctx, message.chatId, message.replyToMessageId);
  if (quoted?.kind === "customer") return quoted;
  if (message.threadId === null) return null;
  const subject = await subjectOfTopic(ctx.db, message.chatId, message.threadId);
  const conversationId = subject === null ? null : conversationIdOf(subject);
  if (conversationId === null) return null;
  return { conversationId, messageId: quoted?.conversationId === conversationId ? quoted.messageId : null };
}

/** Our message that a Telegram message shows a part of. */
async function ourMessage({ db }: Context, chatId: number, telegramMessageId: number) {
  const shown = await shownBy(db, chatId, telegramMessageId);
  const messageId = shown ? messageIdOf(shown.subject) : null;
  if (!shown || messageId === null) return null;
  const [message] = await db
    .select({ conversationId: messages.conversationId, kind: messages.kind })
    .from(messages)
    .where(eq(messages.id, messageId));
  return message ? { ...message, messageId, part: shown.part } : null;
}

function originOf(parts: TelegramMessage[], caption: boolean) {
  const [first] = parts;
  if (!first) throw new Error("A message without parts");
  return {
    clientId: `tg:${first.chatId}:${first.messageId}`,
    origin: { chatId: first.chatId, messageIds: parts.map((part) => part.messageId), caption },
  };
}

/** Text and stored photos of a message. What cannot be loaded is named in the text, so that nothing disappears. */
async function contentOf(desk: Desk, parts: TelegramMessage[]) {
  const lines: string[] = [];
  const photoIds: string[] = [];
  for (const part of parts) {
    if (part.attachment) lines.push(part.attachment);
    if (part.text !== "") lines.push(part.text);
    if (part.photoFileId === null || photoIds.length >= MAX_PHOTOS) continue;
    const loaded = await loadPhoto(desk, part.photoFileId);
    if (loaded.id) photoIds.push(loaded.id);
    else lines.push(`[photo: ${loaded.reason}]`);
  }
  const text = storableText(lines.join("\n")).slice(0, MAX_TEXT_LENGTH);
  const contentHash = hashContent(parts.map((part) => [part.messageId]));
  return { text, photoIds, contentHash };
}

async function loadPhoto(
  { ctx, telegram: { bot } }: Desk,
  fileId: string,
): Promise<{ id: string; reason?: never } | { id?: never; reason: string }> {
  try {
    const { id } = await uploadPhoto(ctx, await bot.download(fileId));
    return { id };
  } catch (error) {
    if (error instanceof DomainError) return { reason: error.message };
    if (error instanceof BotError && error.failure !== "down" && error.failure !== "flood")
      return { reason: error.message };
    throw error;
  }
}

/** An answer that was edited into a note: the customer keeps the answer they have, and its new words stay with the agents. */
async function keepAsNote(
  ctx: Context,
  { chatId, messageId, sender }: TelegramMessage,
  answer: { conversationId: number; messageId: number; whole: string },
): Promise<Note> {
  const text = withoutNoteMark(storableText(answer.whole));
  if (text === "") return "an empty note";
  const contentHash = hashContent([[text]]);
  const { repeated } = await messageWriterOf(ctx).write({
    conversation: { id: answer.conversationId },
    kind: "note",
    text,
    author: { id: null, name: sender.name },
    source: "group",
    replyToId: answer.messageId,
    clientId: `tg:${chatId}:${messageId}:note:${contentHash.slice(0, 32)}`,
    contentHash,
    origin: { chatId, messageIds: [], caption: false },
  });
  return repeated ? "nothing changed" : null;
}
