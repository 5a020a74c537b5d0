import type { Transaction } from "@pult/db/database.ts";
import { bigintsIn, removeRows, rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { enqueue } from "../outbox/outbox.ts";
import type { Erasure } from "../slice.ts";
import { takeTopics } from "../telegram/forum.ts";
import { topicRemoval } from "../telegram/remove-topic.ts";
import { deleteUpdates, forgetMessages, type SeenUpdates, telegramIdsOf } from "../telegram/traces.ts";
import { deleteMessages } from "./delete-messages.ts";
import { conversationTopic, customerKey, customerTopic, inboxTopic } from "./events.ts";
import { GROUP_QUEUE } from "./plan-deliveries.ts";
import { conversationSubject } from "./subjects.ts";

interface DataSubject {
  personIds: readonly string[];
  /** Deleted already. */
  identities: readonly { namespace: string; externalId: string }[];
  /** Updates from Telegram that tell of them, looked for before anything was locked. */
  updates: SeenUpdates;
  now: Date;
}

/** Also the customers' keys, `<channel>:<customer id>`. */
type SupportErasure = Erasure & { customers: string[] };

/**
 * Deletes a customer's conversations with everything that belongs to them, and names the logs that tell of the customer. Their topic in
 * the support group is left to the outbox.
 */
export async function eraseConversations(tx: Transaction, person: DataSubject): Promise<SupportErasure> {
  const conversations = rowsOf<{ id: number | string; channel: string; externalId: string }>(
    await tx.execute(sql`
      select id, channel, external_id as "externalId" from conversations where person_id in ${uuidsIn(person.personIds)} order by id for update`),
  ).map((row) => ({ ...row, id: Number(row.id) }));
  const ids = conversations.map(({ id }) => id);
  const customers = [
    ...new Set([
      ...conversations.map((one) => customerKey(one.channel, one.externalId)),
      ...person.identities.map((one) => customerKey(one.namespace, one.externalId)),
    ]),
  ];
  const { counts, topicsToGo } = await deleteRows(tx, { ids, person });
  return {
    counts,
    remaining: remainingOf(conversations, { counts, topicsToGo }),
    cut: [inboxTopic.name("all")],
    forget: [...ids.map((id) => conversationTopic.name(id)), ...customers.map((key) => customerTopic.name(key))],
    customers,
  };
}

async function deleteRows(tx: Transaction, { ids, person }: { ids: readonly number[]; person: DataSubject }) {
  const mine = sql`conversation_id in ${bigintsIn(ids)}`;
  const messageIds = rowsOf<{ id: number | string }>(await tx.execute(sql`select id from messages where ${mine}`));
  const subjects = ids.map(conversationSubject);
  const traces = { telegramIds: telegramIdsOf(person.identities), subjects };
  // Before the mappings and topics go, by which they are known.
  const telegramUpdates = await deleteUpdates(tx, traces, person.updates);
  const gone = await deleteMessages(
    tx,
    messageIds.map((row) => Number(row.id)),
  );
  const counts: Record<string, number> = {
    photos: gone.photos,
    telegramUpdates,
    deliveries: gone.deliveries,
    pushAttempts: gone.pushAttempts,
    telegramMappings: gone.telegramMappings + (await forgetMessages(tx, subjects)),
    messages: gone.messages,
  };
  const topicsToGo = await queueTopics(tx, subjects, person.now);
  const conversations = await removeRows(tx, "conversations", sql`id in ${bigintsIn(ids)}`);
  return { counts: { ...counts, conversations }, topicsToGo };
}

/** Their topics in the support group are removed by the outbox. @returns how many */
async function queueTopics(tx: Transaction, subjects: readonly string[], now: Date): Promise<number> {
  const topics = await takeTopics(tx, subjects);
  // The node that works off the outbox knows the bot's lease.
  const place = { queue: GROUP_QUEUE, lease: "", dueAt: now };
  await enqueue(
    tx,
    topics.map((topic) => topicRemoval(topic, place)),
  );
  return topics.length;
}

function remainingOf(
  conversations: readonly { channel: string }[],
  { counts, topicsToGo }: { counts: Record<string, number>; topicsToGo: number },
): string[] {
  const remaining: string[] = [];
  if (topicsToGo > 0)
    remaining.push("The topic in the support group: the bot removes it, and needs the right to manage topics");
  else if ((counts.telegramMappings ?? 0) > 0)
    remaining.push("Messages in the support group outside a topic: delete them there");
  if (conversations.some((one) => one.channel === "telegram"))
    remaining.push("The private chat with the bot, which only the customer can delete");
  return remaining;
}
