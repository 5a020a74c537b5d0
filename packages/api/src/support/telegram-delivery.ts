import type { Deps } from "../context.ts";
import { type Problem, type ProblemParams, why } from "../outbox/why.ts";
import { BotError, type BotTarget } from "../telegram/bot.ts";
import { shiftEntities, type TextEntity } from "../telegram/entities.ts";
import type { ForumPlace } from "../telegram/forum.ts";
import { botScope, messagesShowing, type ShownMessages } from "../telegram/messages.ts";
import type { Telegram } from "../telegram/telegram.ts";
import type { ConversationRecord } from "./conversation-rows.ts";
import type { StoredMessage } from "./stored.ts";
import { conversationSubject, messageSubject } from "./subjects.ts";
import { addsMessage, type TelegramPayload } from "./telegram-payload.ts";
import { lineOf, splitText } from "./text.ts";

export interface TelegramJob {
  payload: TelegramPayload;
  message: StoredMessage;
  conversation: ConversationRecord;
}

/** Nothing more can be done for this item, for a reason of our own. */
export class UndeliverableError extends Error {
  readonly problem: Problem;

  readonly params: ProblemParams;

  constructor(problem: Problem, params: ProblemParams = {}) {
    super(why(problem, params).reason);
    this.problem = problem;
    this.params = params;
  }
}

/** What a call has made of an item. */
export interface Delivered {
  /** The Telegram messages that show it now; null when none is new. */
  shown: ShownMessages | null;
  /** What is owed instead: other forms of what Telegram refused. */
  instead?: readonly TelegramPayload[];
}

type Sender = { db: Deps["db"]; telegram: Telegram };

/**
 * Makes one call for what a message owes.
 * @returns `step` when there is more to do first
 * @throws BotError, UndeliverableError
 */
export async function deliverToTelegram(sender: Sender, job: TelegramJob): Promise<Delivered | "step"> {
  const { db, telegram } = sender;
  const { payload, message, conversation } = job;
  if (payload.type === "lost") throw new UndeliverableError("cannotCarry", { service: "Telegram" });
  const place = await placeOf(telegram, job);
  if (place === "step") return "step";
  if (payload.type === "rename") return rename(sender, job, place);
  const change = await changeShown(sender, job, place);
  if (change) return change;
  const replyToId = "replyToId" in payload ? payload.replyToId : payload.type === "notice" ? message.id : null;
  const shownThere = { botId: botScope(telegram.botId, place.chatId), chatId: place.chatId };
  const replyToMessageId = await telegramIdOf(db, shownThere, replyToId);
  const target: BotTarget = {
    chatId: place.chatId,
    ...(place.threadId === null ? {} : { threadId: place.threadId }),
    ...(replyToMessageId === null ? {} : { replyToMessageId }),
    ...(payload.to === "customer" && conversation.businessConnectionId
      ? { businessConnectionId: conversation.businessConnectionId }
      : {}),
  };
  const sent = await send(telegram, { ...job, target, isFlat: place.threadId === null });
  if (!sent) return { shown: null };
  const subjects = { subject: messageSubject(message.id), parent: conversationSubject(conversation.id) };
  return { shown: { ...shownThere, ...subjects, ...sent } };
}

type Shown = Pick<ShownMessages, "messageIds" | "part" | "caption">;

/** @returns null for what shows nothing of the message */
async function send(
  { bot }: Telegram,
  job: TelegramJob & { target: BotTarget; isFlat: boolean },
): Promise<Shown | null> {
  const { payload, target, isFlat } = job;
  const isLabelled = isFlat && payload.to === "group" && job.message.kind === "customer";
  const words = (text: string, entities: readonly TextEntity[] = []) => {
    const before = isLabelled ? labelOf(job.conversation) : "";
    return { text: before + text, ...(entities.length > 0 && { entities: shiftEntities(entities, before.length) }) };
  };
  switch (payload.type) {
    case "text": {
      const { messageId } = await bot.sendText({ ...target, ...words(payload.text, payload.entities) });
      return { messageIds: [messageId], part: payload.part, caption: false };
    }
    case "photos": {
      const { text: caption, ...formatted } = words(payload.caption, payload.entities);
      const { messageIds } = await bot.sendPhotos({ ...target, ...formatted, photoKeys: payload.photoKeys, caption });
      return { messageIds, part: 0, caption: true };
    }
    case "file": {
      const { kind, fileKey, name, durationSeconds } = payload;
      const { text: caption, ...formatted } = words(payload.caption, payload.entities);
      const file = { kind, fileKey, name, durationSeconds, caption, ...formatted };
      const { messageId } = await bot.sendFile(target, file);
      return { messageIds: [messageId], part: 0, caption: true };
    }
    case "copy": {
      const { fromChatId, messageIds } = payload;
      // In a group without topics nothing but a forward says whose it is.
      const sent = await bot.copyMessages({ ...target, fromChatId, messageIds, isForward: isLabelled });
      if (sent.messageIds.length === 0) throw new BotError("form", "None of the messages could be copied");
      return { messageIds: sent.messageIds, part: 0, caption: true };
    }
    case "place": {
      const { latitude, longitude, livePeriod } = payload;
      const { messageId } = await bot.sendPlace({ ...target, latitude, longitude, livePeriod });
      return { messageIds: [messageId], part: 0, caption: true };
    }
    case "notice":
      await bot.sendText({ ...target, ...words(payload.text) });
      return null;
    default:
      throw new Error(`${payload.type} adds no message`);
  }
}

/** Edits and deletions of what stands in Telegram; null for payloads that add to it. */
async function changeShown(
  sender: Sender,
  job: TelegramJob,
  { chatId, threadId }: ForumPlace,
): Promise<Delivered | null> {
  const { payload, message } = job;
  if (addsMessage(payload) || payload.type === "rename" || payload.type === "lost") return null;
  const { telegram } = sender;
  const where = { botId: botScope(telegram.botId, chatId), chatId };
  const shown = await messagesShowing(sender.db, where, messageSubject(message.id));
  const isLabelled = threadId === null && payload.to === "group" && message.kind === "customer";
  const before = isLabelled ? labelOf(job.conversation) : "";
  const entitiesOf = (entities: readonly TextEntity[] = []) => shiftEntities(entities, before.length);
  if (payload.type === "edit")
    await edit(telegram, { chatId, shown, text: before + payload.text, entities: entitiesOf(payload.entities) });
  else if (payload.type === "delete")
    for (const { telegramMessageId } of shown) await deleteShown(telegram, chatId, telegramMessageId);
  else if (payload.type === "editFile") {
    const at = shown[payload.part];
    const { kind, fileKey, name, durationSeconds, caption, entities } = payload;
    const words = { caption: before + caption, entities: entitiesOf(entities) };
    if (at)
      await telegram.bot.editFile(chatId, at.telegramMessageId, { kind, fileKey, name, durationSeconds, ...words });
  } else if (payload.type === "editPlace" && shown[0]) {
    const { latitude, longitude, isOver } = payload;
    await telegram.bot.editPlace(chatId, shown[0].telegramMessageId, { latitude, longitude, isOver });
  }
  return { shown: null };
}

type ShownRows = Awaited<ReturnType<typeof messagesShowing>>;

async function deleteShown({ bot }: Telegram, chatId: number, messageId: number): Promise<void> {
  await bot.deleteMessage(chatId, messageId).catch((error: unknown) => {
    // Gone already is as good; older than 48 hours it stays, which is said.
    if (!(error instanceof BotError) || error.failure !== "gone") throw error;
  });
}

/** The customer's line above words in a group without topics. */
function labelOf({ customerName, channel, externalId }: ConversationRecord): string {
  const name = lineOf(customerName) ?? "Customer";
  return `${name} (${channel} ${lineOf(externalId) ?? "?"})\n`;
}

const topicName = ({ customerName, externalId }: ConversationRecord): string =>
  lineOf(customerName) ?? lineOf(externalId) ?? "Customer";

async function placeOf({ forum }: Telegram, { payload, conversation }: TelegramJob): Promise<ForumPlace | "step"> {
  if (payload.to === "customer") return { chatId: Number(conversation.externalId), threadId: null };
  if (!forum) throw new UndeliverableError("noGroup");
  const subject = conversationSubject(conversation.id);
  // A rename makes no topic.
  if (payload.type === "rename" && (await forum.knownTopic(subject)) === null)
    return { chatId: await forum.chatId(), threadId: null };
  return forum.placeOf({ subject, name: topicName(conversation), card: cardOf(conversation) });
}

async function rename({ telegram }: Sender, { conversation }: TelegramJob, { chatId, threadId }: ForumPlace) {
  const subject = conversationSubject(conversation.id);
  const known = threadId === null ? null : await telegram.forum?.knownTopic(subject);
  const name = topicName(conversation);
  // One that agents have named by hand keeps that name.
  if (threadId !== null && known && known.name !== null && known.name !== name) {
    await telegram.bot.renameTopic(chatId, threadId, name);
    await telegram.forum?.topicNamed(subject, name);
  }
  return { shown: null };
}

function cardOf(conversation: ConversationRecord): string {
  const { customerName, channel, externalId, customerUsername, languageCode, origin } = conversation;
  const lines = [lineOf(customerName) ?? "Customer", `${channel} · ${lineOf(externalId, 200) ?? "?"}`];
  if (customerUsername) lines.push(`@${lineOf(customerUsername)}`);
  if (languageCode) lines.push(lineOf(languageCode) ?? "");
  if (origin) lines.push(`Came by: ${lineOf(origin)}`);
  return lines.join("\n");
}

async function telegramIdOf(
  db: Deps["db"],
  where: { botId: number; chatId: number },
  messageId: number | null,
): Promise<number | null> {
  if (messageId === null) return null;
  const [first] = await messagesShowing(db, where, messageSubject(messageId));
  return first?.telegramMessageId ?? null;
}

async function edit(
  { bot }: Telegram,
  change: { chatId: number; shown: ShownRows; text: string; entities: readonly TextEntity[] },
): Promise<void> {
  const { chatId, shown, text, entities } = change;
  const [first, ...others] = shown;
  if (!first) return;
  const texts = others.filter((one) => one.caption === 0);
  const limit = first.caption === 1 ? 1024 : 4096;
  if (texts.length > 0 || splitText(text, limit).length > 1) {
    throw new UndeliverableError("tooLongToEdit");
  }
  const formatted = entities.length > 0 ? [entities] : [];
  if (first.caption === 1) await bot.editCaption(chatId, first.telegramMessageId, text, ...formatted);
  else await bot.editText(chatId, first.telegramMessageId, text, ...formatted);
}
