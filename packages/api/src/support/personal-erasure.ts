import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { releaseUploads, removeReleased } from "../media/files.ts";
import { type Appended, publishAppended } from "../realtime/log.ts";
import { deleteMessages, removeRows } from "./delete-messages.ts";
import { conversationTopic, customerKey, customerTopic, inboxTopic, outboxTopic, presenceTopic } from "./events.ts";
import { GROUP_LANE } from "./outbox.ts";
import { bigintsIn, uuidsIn } from "./person-conversations.ts";
import { deleteUpdates, type SeenUpdates, telegramIdsOf } from "./telegram-traces.ts";

export interface Whom {
  personIds: readonly string[];
  /** All that he is known by; gone already. */
  identities: readonly { namespace: string; externalId: string }[];
  /** Updates from Telegram that tell of him, looked for before anybody had to wait. */
  updates: SeenUpdates;
  now: Date;
}

/** Topics that tell of somebody, to be cut last in the transaction: whoever appends to one waits for it. */
export interface LogsToCut {
  cut: string[];
  /** Those whose very name tells of him. */
  forget: string[];
}

/** What was erased, and what is to be done after the commit. */
export interface DeskErasure {
  counts: Record<string, number>;
  /** What is out of reach, in words. */
  remaining: string[];
  logs: LogsToCut;
  /** `<channel>:<customer id>` */
  customers: string[];
}

/**
 * Deletes a customer's conversations with everything that hangs on them, and names the logs that tell of him. His topic in the support
 * group is left to the outbox.
 */
export async function eraseConversations(tx: Transaction, whom: Whom): Promise<DeskErasure> {
  const conversations = rowsOf<{ id: number | string; channel: string; externalId: string }>(
    await tx.execute(sql`
      select id, channel, external_id as "externalId" from conversations where person_id in ${uuidsIn(whom.personIds)} order by id for update`),
  ).map((row) => ({ ...row, id: Number(row.id) }));
  const ids = conversations.map(({ id }) => id);
  const customers = [
    ...new Set([
      ...conversations.map((one) => customerKey(one.channel, one.externalId)),
      ...whom.identities.map((one) => customerKey(one.namespace, one.externalId)),
    ]),
  ];
  const { counts, topicsToGo } = await deleteRows(tx, { ids, customers, whom });
  const logs = {
    cut: [inboxTopic.name("all")],
    forget: [...ids.map((id) => conversationTopic.name(id)), ...customers.map((key) => customerTopic.name(key))],
  };
  return { counts, remaining: remainingOf(conversations, { counts, topicsToGo }), logs, customers };
}

async function deleteRows(
  tx: Transaction,
  { ids, customers, whom }: { ids: readonly number[]; customers: readonly string[]; whom: Whom },
) {
  const mine = sql`conversation_id in ${bigintsIn(ids)}`;
  const messageIds = rowsOf<{ id: number | string }>(await tx.execute(sql`select id from messages where ${mine}`));
  const traces = { telegramIds: telegramIdsOf(whom.identities), conversationIds: ids };
  // Before the mappings and topics go, by which they are known.
  const telegramUpdates = await deleteUpdates(tx, traces, whom.updates);
  const gone = await deleteMessages(
    tx,
    messageIds.map((row) => Number(row.id)),
  );
  const ofDevices = sql`device_id in (select id from devices where ${mine})`;
  const counts = {
    photos: gone.photos + (await releaseUploads(tx, customers)),
    telegramUpdates,
    deliveries: gone.deliveries,
    pushAttempts: gone.pushAttempts + (await removeRows(tx, "push_attempts", ofDevices)),
    devices: await removeRows(tx, "devices", mine),
    telegramMappings: gone.telegramMappings + (await removeRows(tx, "telegram_messages", mine)),
    messages: gone.messages,
  };
  const topicsToGo = await queueTopics(tx, mine, whom.now);
  const conversations = await removeRows(tx, "conversations", sql`id in ${bigintsIn(ids)}`);
  return { counts: { ...counts, conversations }, topicsToGo };
}

/** His topics in the support group are removed by the outbox. @returns how many */
async function queueTopics(tx: Transaction, mine: SQL, now: Date): Promise<number> {
  const topics = rowsOf(
    await tx.execute(sql`
      with topic as (delete from support_topics where ${mine} returning chat_id, thread_id)
      insert into outbox (lane, leg, message_id, task, not_before)
      select ${GROUP_LANE}, 'group', 0,
             jsonb_build_object('type', 'removeTopic', 'chatId', chat_id, 'threadId', thread_id), ${now.toISOString()}::timestamptz
      from topic returning id`),
  );
  return topics.length;
}

function remainingOf(
  conversations: readonly { channel: string }[],
  { counts, topicsToGo }: { counts: Record<string, number>; topicsToGo: number },
): string[] {
  const remaining = ["Backups that were made before"];
  if (topicsToGo > 0) remaining.push("His topic in the support group is removed by the bot, which needs the right to");
  else if ((counts.telegramMappings ?? 0) > 0)
    remaining.push("What stands in the support group without a topic: delete it there");
  if (conversations.some((one) => one.channel === "telegram"))
    remaining.push("His own private chat with the bot, which only he can delete");
  return remaining;
}

/** After the commit: every node forgets what it remembers, files go, Telegram follows. */
export async function finishErasure(
  ctx: Context,
  { cuts, customers }: { cuts: Appended; customers: readonly string[] },
): Promise<void> {
  publishAppended(ctx.bus, cuts);
  ctx.bus.publishLatest(outboxTopic.name("due"), null);
  for (const key of customers) {
    const room = presenceTopic.name(key);
    for (const { member } of ctx.presence.list(room)) ctx.presence.remove(room, member);
  }
  await removeReleased(ctx).catch((error: unknown) => {
    ctx.log.warn(
      { err: error },
      "Photos of somebody who was erased could not be removed yet; the next sweep tries again",
    );
  });
}
