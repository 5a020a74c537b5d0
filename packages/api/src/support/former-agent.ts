import type { Transaction } from "@pult/db/database.ts";
import { bigintsIn, rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { conversationTopic, customerKey, customerTopic, inboxTopic } from "./events.ts";

/** Name shown in place of an erased agent's. */
export const FORMER_AGENT = "Former agent";

/**
 * Removes an agent's name from everything they wrote; the words stay. Event lines know agents by name alone, so those of a namesake
 * lose it too.
 * @returns the logs that name the agent, to be cut last
 */
export async function forgetAgent(
  tx: Transaction,
  { personId, name }: { personId: string; name: string },
): Promise<{ counts: Record<string, number>; cut: string[] }> {
  const touched = rowsOf<{ id: number | string; channel: string; externalId: string }>(
    await tx.execute(sql`
      select c.id, c.channel, c.external_id as "externalId" from conversations c
      where c.assignee_id = ${personId}::uuid or exists (
        select 1 from messages m where m.conversation_id = c.id and (m.author_id = ${personId} or m.change->>'assignee' = ${name}))
      order by c.id for update`),
  );
  const ids = bigintsIn(touched.map((row) => Number(row.id)));
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
  const cut = [
    inboxTopic.name("all"),
    ...touched.flatMap(({ id, channel, externalId }) => [
      conversationTopic.name(Number(id)),
      customerTopic.name(customerKey(channel, externalId)),
    ]),
  ];
  return { counts: { messagesRenamed: messages.length }, cut };
}
