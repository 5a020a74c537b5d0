import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Deps } from "../context.ts";
import type { OutboxHandler, Verdict } from "../outbox/outbox.ts";
import { createPushHandler } from "../push/delivery.ts";
import type { NewEntry } from "../realtime/log.ts";
import { BotError } from "../telegram/bot.ts";
import { rememberMessages, type ShownMessages } from "../telegram/messages.ts";
import { botLease, chatBuckets, type Telegram } from "../telegram/telegram.ts";
import { verdictOf } from "../telegram/verdict.ts";
import { type ConversationRecord, selectConversations } from "./conversation-rows.ts";
import { conversationTopic } from "./events.ts";
import { selectDeliveries, selectMessages } from "./message-rows.ts";
import { type PushPayload, pushPayload, type TelegramPayload, telegramPayload } from "./plan-deliveries.ts";
import type { StoredMessage } from "./stored.ts";
import { conversationSubject } from "./subjects.ts";
import { deliverToTelegram, UndeliverableError } from "./telegram-delivery.ts";
import { previewOf } from "./text.ts";

const PUSH_TTL_SECONDS = 24 * 60 * 60;
/** How soon a group that keeps the bot out is tried again. */
const FORBIDDEN_GROUP_MS = 60_000;

/** A message's copy in Telegram: in the support group, or in the customer's private chat. */
export const telegramHandler: OutboxHandler<TelegramPayload> = {
  schema: telegramPayload,
  lease: ({ telegram }) => botLease(telegram?.botId ?? 0),
  buckets({ telegram }, { chatId }) {
    const place = chatId ?? telegram?.forum?.configuredChatId;
    return telegram && place !== undefined ? chatBuckets(telegram, place) : [];
  },
  async deliver({ db, telegram }, { payload, attempts }) {
    const found = await selectJob(db, payload.messageId);
    if (!found) return { state: "skipped", reason: "The message is gone" };
    if (!telegram) return { state: "failed", reason: "No bot is configured" };
    try {
      const shown = await deliverToTelegram({ db, telegram }, { payload, ...found });
      return shown === "step" ? { state: "again" } : { state: "done", result: shown };
    } catch (error) {
      if (error instanceof UndeliverableError) return { state: "failed", reason: error.message };
      if (error instanceof BotError) return verdictAfterRefusal(telegram, error, { payload, attempts, ...found });
      throw error;
    }
  },
  async settled(tx, item, settled) {
    const shown = settled.state === "done" ? (settled.result as ShownMessages | null | undefined) : null;
    // Of a message that was deleted meanwhile nothing is remembered.
    const topics = await deliveryChanged(tx, item.payload.messageId);
    if (shown && topics.length > 0) await rememberMessages(tx, [shown]);
    return topics;
  },
};

/** What a refusal means for the item. A group that is out of reach is waited for; what Telegram never takes is given up. */
async function verdictAfterRefusal(
  { forum }: Telegram,
  error: BotError,
  job: { payload: TelegramPayload; attempts: number; conversation: ConversationRecord },
): Promise<Verdict<TelegramPayload>> {
  const { payload, attempts, conversation } = job;
  if (error.failure === "topicMissing") {
    await forum?.forgetTopic(conversationSubject(conversation.id));
    return { state: "again" };
  }
  if (error.failure === "migrated" && error.migratedToChatId !== null && forum) {
    await forum.migrated(await forum.chatId(), error.migratedToChatId);
    return { state: "again" };
  }
  if (error.failure === "forbidden" && payload.to === "group")
    return { state: "wait", scope: "bucket", delayMs: FORBIDDEN_GROUP_MS, reason: error.message };
  return verdictOf(error, attempts);
}

/** An agent's answer, pushed to the customer's devices until they have seen it. */
export const pushHandler = createPushHandler<PushPayload>({
  schema: pushPayload,
  async find(db, { messageId }) {
    const found = await selectJob(db, messageId);
    if (!found) return null;
    const { message, conversation } = found;
    return {
      to: { namespace: conversation.channel, externalId: conversation.externalId },
      unwanted: conversation.customerReadId >= message.id ? "Seen already" : null,
      messageOf: ({ workspace }) => ({
        title: workspace,
        body: message.text.trim() === "" ? "📷" : previewOf(message.text, 500),
        data: { type: "support_message", message_id: String(message.id), user_id: conversation.externalId },
        collapseKey: `m${message.id}`,
        ttlSeconds: PUSH_TTL_SECONDS,
      }),
    };
  },
  settled: (tx, { messageId }) => deliveryChanged(tx, messageId),
});

interface Job {
  message: StoredMessage;
  conversation: ConversationRecord;
}

async function selectJob(db: Deps["db"] | Transaction, messageId: number): Promise<Job | null> {
  const [found] = await selectMessages(db, sql`m.id = ${messageId}`);
  const [conversation] = found ? await selectConversations(db, sql`c.id = ${found.message.conversationId}`) : [];
  return found && conversation ? { message: found.message, conversation } : null;
}

/** Announces in the conversation's log how far a message has come; nothing for one that is gone. */
async function deliveryChanged(tx: Transaction, messageId: number): Promise<NewEntry[]> {
  const [message] = rowsOf<{ conversationId: number }>(
    await tx.execute(sql`select conversation_id as "conversationId" from messages where id = ${messageId}`),
  );
  if (!message) return [];
  const deliveries = (await selectDeliveries(tx, [messageId])).get(messageId) ?? [];
  const payload = { type: "deliveryChanged", messageId, deliveries };
  return [{ topic: conversationTopic.name(message.conversationId), payload }];
}
