import { telegramMessages } from "@pult/db/schema/support.ts";
import { and, asc, eq } from "drizzle-orm";
import type { Deps } from "../context.ts";
import type { Bot } from "./bot.ts";
import type { ConversationRecord } from "./conversation-rows.ts";
import type { OutboxTask } from "./outbox.ts";
import type { StoredMessage } from "./stored.ts";
import type { SupportGroup } from "./support-group.ts";
import { splitText } from "./text.ts";

type TelegramTask = Exclude<OutboxTask, { type: "push" | "removeTopic" }>;

/** A Telegram message that now shows a part of ours. */
export interface Delivered {
  chatId: number;
  messageIds: number[];
  part: number;
  caption: boolean;
}

export interface TelegramJob {
  task: TelegramTask;
  message: StoredMessage;
  conversation: ConversationRecord;
}

/** Nothing more can be done for this row, for a reason of our own. */
export class UndeliverableError extends Error {}

/** Carries one outbox row into Telegram. @throws BotError, UndeliverableError */
export async function deliverToTelegram(
  { db, bot, group }: Pick<Deps, "db"> & { bot: Bot; group: SupportGroup | null },
  job: TelegramJob,
): Promise<Delivered | null> {
  const { task, message, conversation } = job;
  const place = await placeOf(group, job);
  const chatId = place.chatId;
  if (task.type === "edit") {
    await edit({ db, bot }, { chatId, messageId: message.id, text: label(job, task.text, place.threadId) });
    return null;
  }
  const replyToMessageId = await telegramIdOf(db, chatId, task.replyToId);
  const target = {
    chatId,
    ...(place.threadId === null ? {} : { threadId: place.threadId }),
    ...(replyToMessageId === null ? {} : { replyToMessageId }),
  };
  const labelled = (text: string) =>
    task.to === "group" && place.threadId === null ? label({ task, message, conversation }, text, null) : text;
  if (task.type === "photos") {
    const { messageIds } = await bot.sendPhotos({
      ...target,
      photoKeys: task.photoKeys,
      caption: labelled(task.caption),
    });
    return { chatId, messageIds, part: 0, caption: true };
  }
  const { messageId } = await bot.sendText({ ...target, text: labelled(task.text) });
  return { chatId, messageIds: [messageId], part: task.part, caption: false };
}

/** Without topics nothing but the text says whose words they are. */
function label({ task, message, conversation }: TelegramJob, text: string, threadId: number | null): string {
  if (task.to !== "group" || threadId !== null || message.kind !== "customer") return text;
  const short = (name: string) => name.slice(0, 128).toWellFormed();
  return `${short(conversation.customerName)} (${conversation.channel} ${short(conversation.externalId)})\n${text}`;
}

async function placeOf(group: SupportGroup | null, { task, conversation }: TelegramJob) {
  if (task.to === "customer") return { chatId: Number(conversation.externalId), threadId: null };
  if (!group) throw new UndeliverableError("No support group is configured");
  return group.placeOf(conversation);
}

async function telegramIdOf(db: Deps["db"], chatId: number, messageId: number | null): Promise<number | null> {
  if (messageId === null) return null;
  const [first] = await mappingsOf(db, chatId, messageId);
  return first?.telegramMessageId ?? null;
}

const mappingsOf = (db: Deps["db"], chatId: number, messageId: number) =>
  db
    .select()
    .from(telegramMessages)
    .where(and(eq(telegramMessages.chatId, chatId), eq(telegramMessages.messageId, messageId)))
    .orderBy(asc(telegramMessages.part), asc(telegramMessages.telegramMessageId));

async function edit(
  { db, bot }: { db: Deps["db"]; bot: Bot },
  change: { chatId: number; messageId: number; text: string },
): Promise<void> {
  const { chatId, messageId, text } = change;
  const [first, ...others] = await mappingsOf(db, chatId, messageId);
  if (!first) return;
  const texts = others.filter((one) => one.caption === 0);
  const limit = first.caption === 1 ? 1024 : 4096;
  if (texts.length > 0 || splitText(text, limit).length > 1) {
    throw new UndeliverableError("The message is too long to be edited in Telegram");
  }
  if (first.caption === 1) await bot.editCaption(chatId, first.telegramMessageId, text);
  else await bot.editText(chatId, first.telegramMessageId, text);
}
