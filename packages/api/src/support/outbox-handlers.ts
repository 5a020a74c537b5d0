import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Deps } from "../context.ts";
import { localeOf } from "../notices/kinds.ts";
import { notify } from "../notices/notify.ts";
import { lockDeliveries } from "../outbox/deliveries.ts";
import type { SettledAt } from "../outbox/outbox.ts";
import { why } from "../outbox/why.ts";
import { createPushHandler } from "../push/delivery.ts";
import type { NewEntry } from "../realtime/log.ts";
import { signAttachment } from "./content.ts";
import { type ConversationRecord, selectConversations } from "./conversation-rows.ts";
import { conversationTopic } from "./events.ts";
import { selectDeliveries, selectMessages } from "./message-rows.ts";
import { answerNotice, deliveryNotice } from "./notices.ts";
import { type PushPayload, pushPayload } from "./plan-deliveries.ts";
import type { Delivery } from "./schema.ts";
import type { StoredMessage } from "./stored.ts";
import { messageSubject } from "./subjects.ts";
import { noticeAbout } from "./tell-agents.ts";
import { previewOf } from "./text.ts";

const PUSH_TTL_SECONDS = 24 * 60 * 60;

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
        body: pushBody(message),
        data: { type: "support_message", message_id: String(message.id), user_id: conversation.externalId },
        collapseKey: `m${message.id}`,
        ttlSeconds: PUSH_TTL_SECONDS,
        badge: unread?.count ?? 1,
      }),
    };
  },
  settled: (tx, { messageId }, settled) => deliveryChanged(tx, messageId, settled),
});

export interface Job {
  message: StoredMessage;
  conversation: ConversationRecord;
}

/** Words where there are some, else a sign of what it shows. */
function pushBody({ text, attachments = [] }: StoredMessage): string {
  if (text.trim() !== "") return previewOf(text, 500);
  return attachments[0] ? previewOf(signAttachment(attachments[0]), 500) : "📷";
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
