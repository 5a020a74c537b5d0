import { messages, supportTopics, telegramMessages } from "@pult/db/schema/support.ts";
import { and, eq } from "drizzle-orm";
import type { Customer } from "../actor.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { type Bot, BotError } from "./bot.ts";
import { sendAsCustomer } from "./customer-service.ts";
import { editMessage } from "./edit.ts";
import { greetCustomer } from "./greeting.ts";
import { uploadPhoto } from "./photos.ts";
import { MAX_PHOTOS, MAX_TEXT_LENGTH } from "./schema.ts";
import type { SupportGroup } from "./support-group.ts";
import type { TelegramMessage } from "./telegram-updates.ts";
import { hashContent, storableText } from "./text.ts";

export interface Desk {
  /** Acts as the system. */
  ctx: Context;
  bot: Bot;
  group: SupportGroup | null;
}

/** Why an update had no effect, for the log; null when it had one. */
export type Note = string | null;

/**
 * A message, or an album's parts as one, from Telegram into the desk. Safe to repeat: the Telegram ids are the client id.
 * @throws BotError when Telegram does not answer; the update is then tried again
 */
export async function receiveMessages(desk: Desk, parts: TelegramMessage[]): Promise<Note> {
  const [first] = parts;
  if (!first) return "empty";
  if (first.migratedTo !== null) return receiveMigration(desk, first);
  if (first.chatType === "private") return receiveFromCustomer(desk, parts);
  if (desk.group && first.chatId === (await desk.group.chatId())) return receiveFromGroup(desk, parts);
  return "not the support group";
}

async function receiveMigration({ group }: Desk, { chatId, migratedTo }: TelegramMessage): Promise<Note> {
  if (!group || migratedTo === null || chatId !== (await group.chatId())) return "another group's migration";
  await group.migrated(chatId, migratedTo);
  return null;
}

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
  const replyToId = await ourMessageId(desk, first);
  await sendAsCustomer(desk.ctx, customer, {
    source: "telegram",
    ...content,
    ...originOf(parts, content.photoIds.length > 0),
    ...(replyToId === null ? {} : { replyToId }),
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
  await desk.ctx.messageWriter.write({
    conversation: { id: target.conversationId },
    kind: isNote ? "note" : "agent",
    text,
    photoIds: content.photoIds,
    ownerRef: "system",
    author: { id: null, name: first.sender.name },
    source: "group",
    replyToId: target.messageId,
    change: null,
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
  desk: Desk,
  message: TelegramMessage,
): Promise<{ conversationId: number; messageId: number | null } | null> {
  const { db } = desk.ctx;
  let quoted: { conversationId: number; messageId: number } | undefined;
  if (message.replyToMessageId !== null) {
    const [mapped] = await db
      .select({ conversationId: messages.conversationId, messageId: messages.id, kind: messages.kind })
      .from(telegramMessages)
      .innerJoin(messages, eq(messages.id, telegramMessages.messageId))
      .where(
        and(
          eq(telegramMessages.chatId, message.chatId),
          eq(telegramMessages.telegramMessageId, message.replyToMessageId),
        ),
      );
    if (mapped?.kind === "customer") return mapped;
    quoted = mapped;
  }
  if (message.threadId === null) return null;
  const [topic] = await db
    .select()
    .from(supportTopics)
    .where(and(eq(supportTopics.chatId, message.chatId), eq(supportTopics.threadId, message.threadId)));
  if (!topic) return null;
  const messageId = quoted?.conversationId === topic.conversationId ? quoted.messageId : null;
  return { conversationId: topic.conversationId, messageId };
}

async function ourMessageId(desk: Desk, message: TelegramMessage): Promise<number | null> {
  if (message.replyToMessageId === null) return null;
  const [mapped] = await desk.ctx.db
    .select({ messageId: telegramMessages.messageId })
    .from(telegramMessages)
    .where(
      and(
        eq(telegramMessages.chatId, message.chatId),
        eq(telegramMessages.telegramMessageId, message.replyToMessageId),
      ),
    );
  return mapped?.messageId ?? null;
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
  { ctx, bot }: Desk,
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

/** An edit in Telegram follows into the desk and on to the other side. */
export async function receiveEdit(desk: Desk, message: TelegramMessage): Promise<Note> {
  const [mapped] = await desk.ctx.db
    .select({
      conversationId: messages.conversationId,
      messageId: messages.id,
      kind: messages.kind,
      part: telegramMessages.part,
    })
    .from(telegramMessages)
    .innerJoin(messages, eq(messages.id, telegramMessages.messageId))
    .where(and(eq(telegramMessages.chatId, message.chatId), eq(telegramMessages.telegramMessageId, message.messageId)));
  if (!mapped) return "an edit of a message we do not have";
  // Which words of the whole were this part's is not known any more.
  if (mapped.part > 0) return "an edit of a later part of an album";
  const whole = [message.attachment, message.text].filter(Boolean).join("\n");
  if (mapped.kind === "agent" && NOTE.test(message.text)) return keepAsNote(desk, message, { ...mapped, whole });
  const text = mapped.kind === "note" ? withoutNoteMark(whole) : whole;
  return (await editMessage(desk.ctx, { messageId: mapped.messageId, text })) ? null : "nothing changed";
}

/** An answer that was edited into a note: the customer keeps the answer they have, and its new words stay with the agents. */
async function keepAsNote(
  { ctx }: Desk,
  { chatId, messageId, sender }: TelegramMessage,
  answer: { conversationId: number; messageId: number; whole: string },
): Promise<Note> {
  const text = withoutNoteMark(storableText(answer.whole));
  if (text === "") return "an empty note";
  const contentHash = hashContent([[text]]);
  const { repeated } = await ctx.messageWriter.write({
    conversation: { id: answer.conversationId },
    kind: "note",
    text,
    photoIds: [],
    ownerRef: "system",
    author: { id: null, name: sender.name },
    source: "group",
    replyToId: answer.messageId,
    change: null,
    clientId: `tg:${chatId}:${messageId}:note:${contentHash.slice(0, 32)}`,
    contentHash,
    origin: { chatId, messageIds: [], caption: false },
  });
  return repeated ? "nothing changed" : null;
}
