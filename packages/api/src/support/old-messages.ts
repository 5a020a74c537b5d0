import type { Database, Transaction } from "@pult/db/database.ts";
import { BATCH_ROWS } from "@pult/db/delete-in-batches.ts";
import { bigintsIn, rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { removeReleased } from "../media/files.ts";
import { forgetEventsAbout } from "../notices/personal-data.ts";
import { cutLogs, publishAppended } from "../realtime/log.ts";
import { deleteMessages } from "./delete-messages.ts";
import { inboxTopic, logsOf } from "./events.ts";
import { conversationSubject } from "./subjects.ts";
import { messageEventOf } from "./tell-agents.ts";

const old = (before: Date) => sql`
  messages m join conversations c on c.id = m.conversation_id
  where c.status = 'resolved' and c.created_at < ${before.toISOString()}::timestamptz and m.created_at < ${before.toISOString()}::timestamptz`;

/** How many messages of resolved conversations are older. */
export async function countOldMessages(db: Database, before: Date): Promise<number> {
  const [row] = rowsOf<{ count: number }>(await db.execute(sql`select count(*) as count from ${old(before)}`));
  return row?.count ?? 0;
}

/**
 * Deletes older messages of resolved conversations with their photos, deliveries, mappings and the notices that quote them; their logs are cut, so nothing of them is
 * replayed. The conversation itself stays.
 * @returns how many
 */
export async function deleteOldMessages(ctx: Context, before: Date): Promise<number> {
  for (let total = 0; ; ) {
    const { count, candidates, appended } = await ctx.db.transaction((tx) => deleteBatch(tx, before));
    if (appended) publishAppended(ctx.bus, appended);
    await removeReleased(ctx);
    total += count;
    if (candidates < BATCH_ROWS) return total;
  }
}

async function deleteBatch(tx: Transaction, before: Date) {
  const found = rowsOf<{ id: number; conversationId: number }>(
    await tx.execute(sql`
      select m.id, m.conversation_id as "conversationId" from ${old(before)} order by m.conversation_id, m.id limit ${BATCH_ROWS}`),
  );
  const locked = rowsOf<{ id: number; channel: string; externalId: string }>(
    await tx.execute(sql`
      select id, channel, external_id as "externalId" from conversations
      where status = 'resolved' and id in ${bigintsIn([...new Set(found.map((row) => row.conversationId))])}
      order by id for update`),
  );
  // One that was opened again meanwhile keeps what it has.
  const resolved = new Set(locked.map((row) => row.id));
  const ids = found.filter((row) => resolved.has(row.conversationId)).map((row) => row.id);
  if (ids.length === 0) return { count: 0, candidates: found.length, appended: null };
  await deleteMessages(tx, ids);
  const told = await forgetEventsAbout(
    tx,
    locked.map(({ id }) => conversationSubject(id)),
    ids.map(messageEventOf),
  );
  const cleared = await clearPreviews(tx, [...resolved]);
  const cutsInbox = cleared || (await isInInbox(tx, ids));
  const appended = await cutLogs(tx, [
    ...locked.flatMap(logsOf),
    ...told.cut,
    ...(cutsInbox ? [inboxTopic.name("all")] : []),
  ]);
  return { count: ids.length, candidates: found.length, appended };
}

/** The inbox shows a message's first words: those of one that is gone go with it. @returns whether there were any */
async function clearPreviews(tx: Transaction, conversationIds: readonly number[]): Promise<boolean> {
  const rows = rowsOf(
    await tx.execute(sql`
      update conversations c set last_message_text = '', last_message_photos = 0, last_message_attachment = null, last_message_author = '', unread_count = 0
      where id in ${bigintsIn(conversationIds)} and last_message_id is not null
      and not exists (select 1 from messages m where m.id = c.last_message_id) returning c.id`),
  );
  return rows.length > 0;
}

/** Whether the inbox's log still holds the first words of one of these. */
async function isInInbox(tx: Transaction, ids: readonly number[]): Promise<boolean> {
  const rows = rowsOf(
    await tx.execute(sql`
      select 1 from topic_events where topic = ${inboxTopic.name("all")}
      and (payload #>> '{conversation,lastMessage,id}')::bigint in ${bigintsIn(ids)} limit 1`),
  );
  return rows.length > 0;
}
