import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Deps } from "../context.ts";
import { localeOf } from "../notices/kinds.ts";
import { notify } from "../notices/notify.ts";
import { lockDeliveries } from "../outbox/deliveries.ts";
import type { OutboxHandler, SettledAt, Verdict } from "../outbox/outbox.ts";
import { why } from "../outbox/why.ts";
import { createPushHandler } from "../push/delivery.ts";
import type { NewEntry } from "../realtime/log.ts";
import { BotError } from "../telegram/bot.ts";
import { rememberMessages, type ShownMessages } from "../telegram/messages.ts";
import { botLease, chatBuckets, type Telegram } from "../telegram/telegram.ts";
import { verdictOf } from "../telegram/verdict.ts";
import { type ConversationRecord, selectConversations } from "./conversation-rows.ts";
import { conversationTopic } from "./events.ts";
import { selectDeliveries, selectMessages } from "./message-rows.ts";
import { answerNotice, deliveryNotice } from "./notices.ts";
import { type PushPayload, pushPayload, type TelegramPayload, telegramPayload } from "./plan-deliveries.ts";
import type { Delivery } from "./schema.ts";
import type { StoredMessage } from "./stored.ts";
import { conversationSubject, messageSubject } from "./subjects.ts";
import { deliverToTelegram, UndeliverableError } from "./telegram-delivery.ts";
import { noticeAbout } from "./tell-agents.ts";
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
    if (!found) return { state: "skipped", ...why("gone") };
    if (!telegram) return { state: "failed", ...why("noBot") };
    try {
      const shown = await deliverToTelegram({ db, telegram }, { payload, ...found });
      return shown === "step" ? { state: "again" } : { state: "done", result: shown };
    } catch (error) {
      if (error instanceof UndeliverableError) return { state: "failed", ...why(error.problem) };
      if (error instanceof BotError) return verdictAfterRefusal(telegram, error, { payload, attempts, ...found });
      throw error;
    }
  },
  async settled(tx, item, settled) {
    const shown = settled.state === "done" ? (settled.result as ShownMessages | null | undefined) : null;
    // Of a message that was deleted meanwhile nothing is remembered.
    const topics = await deliveryChanged(tx, item.payload.messageId, settled);
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
    const [unread] = rowsOf<{ count: number }>(
      await db.execute(sql`
        select count(*)::int as count from messages
        where conversation_id = ${conversation.id} and kind = 'agent' and id > ${conversation.customerReadId}`),
    );
    return {
      ...{ kind: answerNotice, reader: "customer", severity: "normal", expiresAt: null, key: null },
      to: { namespace: conversation.channel, externalId: conversation.externalId },
      presenceKeys: [],
      // Customers of the bot get the answer itself there.
      allowsBot: conversation.channel === "app",
      locale: localeOf(conversation.languageCode),
      unwanted: conversation.customerReadId >= message.id ? why("seen") : null,
      messageOf: ({ config: { workspace } }) => ({
        title: workspace,
        body: message.text.trim() === "" ? "📷" : previewOf(message.text, 500),
        data: { type: "support_message", message_id: String(message.id), user_id: conversation.externalId },
        collapseKey: `m${message.id}`,
        ttlSeconds: PUSH_TTL_SECONDS,
        badge: unread?.count ?? 1,
      }),
    };
  },
  settled: (tx, { messageId }, settled) => deliveryChanged(tx, messageId, settled),
});

interface Job {
  message: StoredMessage;
  conversation: ConversationRecord;
}

/** A message that owes something, with its conversation; null for one that is gone. */
export async function selectJob(db: Deps["db"] | Transaction, messageId: number): Promise<Job | null> {
  const [found] = await selectMessages(db, sql`m.id = ${messageId}`);
  const [conversation] = found ? await selectConversations(db, sql`c.id = ${found.message.conversationId}`) : [];
  return found && conversation ? { message: found.message, conversation } : null;
}

/** Announces in the conversation's log how far a message has come, and tells its author when it failed; nothing for one that is gone. */
export async function deliveryChanged(
  tx: Transaction,
  messageId: number,
  settled: SettledAt | null,
): Promise<NewEntry[]> {
  const [message] = rowsOf<AnsweredMessage>(
    await tx.execute(sql`
      select m.conversation_id as "conversationId", m.kind, m.author_id as "authorId", c.customer_name as customer
      from messages m join conversations c on c.id = m.conversation_id where m.id = ${messageId}`),
  );
  if (!message) return [];
  // Several ways settle at once: the last to announce has to know of the others.
  await lockDeliveries(tx, messageSubject(messageId));
  const deliveries = (await selectDeliveries(tx, [messageId])).get(messageId) ?? [];
  const told = await tellAuthor(tx, message, { messageId, deliveries, settled });
  const payload = { type: "deliveryChanged", messageId, deliveries };
  return [...told, { topic: conversationTopic.name(message.conversationId), payload }];
}

interface AnsweredMessage {
  conversationId: number;
  kind: string;
  authorId: string | null;
  customer: string;
}

const IN_PLACE_OF: readonly Delivery["leg"][] = ["push", "bot"];

/** Whether an answer has not reached the customer: its channel failed, or no device took it and nothing else may still. */
function isLost(deliveries: readonly Delivery[]): boolean {
  const own = deliveries.filter(({ leg }) => leg !== "group");
  const failed = own.filter(({ state }) => state === "failed");
  const isPushAlone = failed.every(({ leg }) => IN_PLACE_OF.includes(leg));
  return failed.length > 0 && !own.some(({ state }) => state === "delivered" || (isPushAlone && state === "pending"));
}

async function tellAuthor(
  tx: Transaction,
  { conversationId, kind, authorId, customer }: AnsweredMessage,
  outcome: { messageId: number; deliveries: readonly Delivery[]; settled: SettledAt | null },
): Promise<NewEntry[]> {
  const { messageId, deliveries, settled } = outcome;
  if (settled?.state !== "failed" && settled?.state !== "unknown" && settled?.state !== "parked") return [];
  if (kind !== "agent" || !z.uuid().safeParse(authorId).success || !isLost(deliveries)) return [];
  const about = noticeAbout(deliveryNotice, conversationId);
  const { reason, problem = null } = settled;
  const data = { conversationId, customer, reason, problem };
  const event = `message:${messageId}:${settled.at.toISOString()}`;
  return (await notify(tx, settled.at, [{ ...about, personId: authorId ?? "", event, data }])).entries;
}
