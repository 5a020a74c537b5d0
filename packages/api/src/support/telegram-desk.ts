import { telegramTopics } from "@pult/db/schema/telegram.ts";
import { and, eq } from "drizzle-orm";
import type { Customer } from "../actor.ts";
import { subjectOfTopic } from "../telegram/forum.ts";
import type { Note, TelegramReceiver } from "../telegram/inbox.ts";
import type { TelegramMessage } from "../telegram/updates.ts";
import type { StoredAttachment } from "./content.ts";
import { noteArrival, receiveMembership, receiveReaction } from "./customer-news.ts";
import { sendAsCustomer } from "./customer-service.ts";
import { unsendMessage } from "./edit.ts";
import { fetchLater } from "./fetch-later.ts";
import { greetCustomer } from "./greeting.ts";
import { messageWriterOf } from "./message-writer.ts";
import { windowFrom } from "./reply-window.ts";
import { conversationIdOf } from "./subjects.ts";
import { receiveEdit } from "./telegram-edit.ts";
import {
  clientIdOf,
  contentOf,
  type Desk,
  NOTE,
  originOf,
  ourMessage,
  quotedBy,
  withoutNoteMark,
} from "./telegram-message.ts";

/** Messages to the bot, and in the support group, into the desk. Safe to repeat: the Telegram ids are the client id. */
export const supportReceiver: TelegramReceiver = {
  async message(ctx, telegram, parts) {
    const [first] = parts;
    if (!first) return "empty";
    if (first.chatType === "private") return receiveFromCustomer({ ctx, telegram }, parts);
    if (first.chatId === (await telegram.forum?.chatId())) return receiveFromGroup({ ctx, telegram }, parts);
    return "not the support group";
  },
  edit: (ctx, telegram, message) => receiveEdit({ ctx, telegram }, message),
  async deleted(ctx, _, { botId, chatId, messageIds }) {
    let why: Note = "a deletion of messages we do not have";
    for (const id of messageIds) {
      const mapped = await ourMessage(ctx, { botId, chatId }, id);
      if (mapped?.kind === "customer" && (await unsendMessage(ctx, mapped.messageId))) why = null;
    }
    return why;
  },
  membership: receiveMembership,
  reaction: receiveReaction,
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

/** Telegram's own account, which sends sign-in codes: they are no messages of a customer. */
const TELEGRAM_ITSELF = 777_000;

async function receiveFromCustomer(desk: Desk, parts: TelegramMessage[]): Promise<Note> {
  const [first] = parts;
  if (!first || first.sender.isBot) return "from a bot";
  if (first.sender.id === TELEGRAM_ITSELF) return "from Telegram itself";
  // In a business chat both sides write: what is not from the chat's customer is the business's own.
  if (first.businessConnectionId !== null && first.sender.id !== first.chatId) return "from the business itself";
  const customer = customerOfTelegram(first);
  const [, payload] = /^\/start(?:@\w+)?(?:\s+(\S{1,64}))?\s*$/.exec(first.text) ?? [];
  if (/^\/start(@\w+)?(\s|$)/.test(first.text)) {
    await greetCustomer(desk.ctx, customer);
    if (payload) await noteArrival(desk.ctx, customer, { payload, clientId: clientIdOf(first) });
    return null;
  }
  const { late, ...content } = await contentOf(desk, parts);
  if (isEmpty(content)) return "nothing to show";
  const quoted = await quotedBy(desk.ctx, first);
  const { message } = await sendAsCustomer(desk.ctx, customer, {
    source: "telegram",
    ...content,
    ...originOf(parts, content.photoIds.length > 0 || content.attachments.length > 0),
    ...(quoted ? { replyToId: quoted.messageId } : {}),
    ...businessOf(first),
  });
  await fetchLater(desk.ctx, message.id, late);
  return null;
}

/** What a business chat needs to be answered in: its connection, and for how long. */
function businessOf({ businessConnectionId, sentAt }: TelegramMessage) {
  if (businessConnectionId === null) return {};
  const at = sentAt === null ? new Date() : new Date(sentAt * 1_000);
  return { businessConnectionId, opens: windowFrom("message", at, null) };
}

const isEmpty = (content: { text: string; photoIds: readonly string[]; attachments: readonly StoredAttachment[] }) =>
  content.text.trim() === "" && content.photoIds.length + content.attachments.length === 0;

async function receiveFromGroup(desk: Desk, parts: TelegramMessage[]): Promise<Note> {
  const [first] = parts;
  if (!first || (first.sender.isBot && first.senderChatId === null)) return "from a bot";
  if (first.topic?.isService) return receiveTopicNews(desk, first);
  if (parts.some(isService)) return "a service message";
  const target = await targetOf(desk, first);
  if (!target) return "internal talk";
  if (isCommand(first)) return "a command";
  const { late, ...content } = await contentOf(desk, parts);
  if (isEmpty(content)) return "nothing to show";
  const isNote = parts.some((part) => NOTE.test(part.text));
  const words = isNote ? withoutNoteMark(content) : { text: content.text, entities: content.content.entities ?? [] };
  if (isNote && isEmpty({ ...content, ...words })) return "an empty note";
  const { entities: _, ...rest } = content.content;
  const { message } = await messageWriterOf(desk.ctx).write({
    conversation: { id: target.conversationId },
    kind: isNote ? "note" : "agent",
    text: words.text,
    photoIds: content.photoIds,
    attachments: content.attachments,
    content: { ...rest, ...(words.entities.length > 0 && { entities: words.entities }) },
    writtenAt: content.writtenAt,
    ownerRef: "system",
    author: { id: null, name: first.sender.name },
    source: "group",
    replyToId: target.messageId,
    ...originOf(parts, content.photoIds.length > 0 || content.attachments.length > 0),
    contentHash: content.contentHash,
  });
  await fetchLater(desk.ctx, message.id, late);
  return null;
}

const isService = ({ attachment }: TelegramMessage): boolean => attachment?.kind === "other" && attachment.isService;

/** A command that names a bot is no answer. */
const isCommand = ({ text, attachment }: TelegramMessage): boolean =>
  attachment === null && /^\/[a-z][a-z0-9_]{0,31}@[a-z0-9_]+(\s|$)/i.test(text);

/** A topic that agents name by hand keeps that name. */
async function receiveTopicNews({ ctx }: Desk, { chatId, threadId, topic }: TelegramMessage): Promise<Note> {
  if (topic?.name === null || threadId === null) return "a service message";
  await ctx.db
    .update(telegramTopics)
    .set({ name: null })
    .where(and(eq(telegramTopics.chatId, chatId), eq(telegramTopics.threadId, threadId)));
  return "a topic was renamed";
}

/** Whose conversation a message in the group is about: a reply to a customer's message says it, else the topic. */
async function targetOf(
  { ctx }: Desk,
  message: TelegramMessage,
): Promise<{ conversationId: number; messageId: number | null } | null> {
  const quoted = await quotedBy(ctx, message);
  if (quoted?.kind === "customer") return quoted;
  if (message.threadId === null) return null;
  const subject = await subjectOfTopic(ctx.db, message.chatId, message.threadId);
  const conversationId = subject === null ? null : conversationIdOf(subject);
  if (conversationId === null) return null;
  return { conversationId, messageId: quoted?.conversationId === conversationId ? quoted.messageId : null };
}
