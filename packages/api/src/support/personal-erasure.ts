import type { Transaction } from "@pult/db/database.ts";
import { bigintsIn, removeRows, rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { forgetNoticesAbout } from "../notices/personal-data.ts";
import { enqueue } from "../outbox/outbox.ts";
import type { Erasure } from "../slice.ts";
import { takeTopics } from "../telegram/forum.ts";
import { topicRemoval } from "../telegram/remove-topic.ts";
import { deleteUpdates, forgetMessages, type SeenUpdates, telegramIdsOf } from "../telegram/traces.ts";
import { deleteMessages } from "./delete-messages.ts";
import { conversationTopic, customerKey, customerTopic, inboxTopic, logsOf } from "./events.ts";
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
  const conversations = rowsOf<{ id: number; channel: string; externalId: string }>(
    await tx.execute(sql`
      select id, channel, external_id as "externalId" from conversations where person_id in ${uuidsIn(person.personIds)} order by id for update`),
  );
  const ids = conversations.map(({ id }) => id);
  const customers = [
    ...new Set([
      ...conversations.map((one) => customerKey(one.channel, one.externalId)),
      ...person.identities.map((one) => customerKey(one.namespace, one.externalId)),
    ]),
  ];
  const { counts, topicsToGo } = await deleteRows(tx, { ids, person });
  const told = await forgetNoticesAbout(tx, ids.map(conversationSubject));
  return {
    counts: { ...counts, notices: told.count },
    remaining: remainingOf(conversations, { counts, topicsToGo }),
    cut: [inboxTopic.name("all"), ...told.cut],
    forget: [...ids.map((id) => conversationTopic.name(id)), ...customers.map((key) => customerTopic.name(key))],
    customers,
  };
}

async function deleteRows(tx: Transaction, { ids, person }: { ids: readonly number[]; person: DataSubject }) {
  const mine = sql`conversation_id in ${bigintsIn(ids)}`;
  const messageIds = rowsOf<{ id: number }>(await tx.execute(sql`select id from messages where ${mine}`));
  const subjects = ids.map(conversationSubject);
  const traces = { telegramIds: telegramIdsOf(person.identities), subjects };
  // Before the mappings and topics go, by which they are known.
  const telegramUpdates = await deleteUpdates(tx, traces, person.updates);
  const gone = await deleteMessages(
    tx,
    messageIds.map(({ id }) => id),
  );
  const counts: Record<string, number> = {
    photos: gone.photos,
    telegramUpdates,
    deliveries: gone.deliveries,
    pushAttempts: gone.pushAttempts,
    instagramSends: gone.instagramSends,
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
  const place = { queue: "telegram:group", lease: "", dueAt: now };
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
  if (conversations.some((one) => one.channel === "instagram"))
    remaining.push("The conversation on Instagram, which stays there");
  return remaining;
}

/** Name shown in place of an erased agent's. */
const FORMER_AGENT = "Former agent";

/**
 * Removes an agent's name from everything they wrote; the words stay. Event lines know agents by name alone, so those of a namesake
 * lose it too.
 * @returns the logs that name the agent, to be cut last
 */
export async function forgetAgent(
  tx: Transaction,
  { personId, name }: { personId: string; name: string },
): Promise<{ counts: Record<string, number>; cut: string[] }> {
  const touched = rowsOf<{ id: number; channel: string; externalId: string }>(
    await tx.execute(sql`
      select c.id, c.channel, c.external_id as "externalId" from conversations c
      where c.assignee_id = ${personId}::uuid or exists (
        select 1 from messages m where m.conversation_id = c.id and (m.author_id = ${personId} or m.change->>'assignee' = ${name}))
      order by c.id for update`),
  );
  const ids = bigintsIn(touched.map((row) => row.id));
  // In the group an agent's words carry the agent's name before them, and so do the deliveries that are kept.
  const quoted = JSON.stringify(name).slice(1, -1);
  await tx.execute(sql`
    update outbox set payload = replace(replace(payload::text, ${`"${quoted}: `}, ${`"${FORMER_AGENT}: `}), ${`"${quoted}"`}, ${`"${FORMER_AGENT}"`})::jsonb
    where subject in (select 'support.message:' || id from messages where author_id = ${personId})`);
  const messages = rowsOf(
    await tx.execute(sql`
      update messages set author_name = ${FORMER_AGENT}, author_id = null where author_id = ${personId} returning id`),
  );
  await tx.execute(sql`
    update messages set change = jsonb_set(change, '{assignee}', ${JSON.stringify(FORMER_AGENT)}::jsonb)
    where conversation_id in ${ids} and change->>'assignee' = ${name}`);
  await tx.execute(sql`
    update conversations c set assignee_id = nullif(assignee_id, ${personId}::uuid),
      last_message_author = coalesce((select m.author_name from messages m where m.id = c.last_message_id), last_message_author)
    where id in ${ids}`);
  const cut = [inboxTopic.name("all"), ...touched.flatMap(logsOf)];
  return { counts: { messagesRenamed: messages.length }, cut };
}
