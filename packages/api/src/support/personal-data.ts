import type { Database, Transaction } from "@pult/db/database.ts";
import { bigintsIn, rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { moveDeliveries } from "../outbox/deliveries.ts";
import { publishDue } from "../outbox/outbox.ts";
import type { PersonConversation } from "../people/schema.ts";
import type { Erasure, PersonalData, PersonReferences } from "../slice.ts";
import { seeUpdates, telegramIdsOf } from "../telegram/traces.ts";
import { readInstant } from "./conversation-rows.ts";
import { presenceTopic } from "./events.ts";
import { eraseConversations, forgetAgent } from "./personal-erasure.ts";
import { exportConversations, SUPPORT_EXPORT_TABLES } from "./personal-export.ts";
import { conversationSubject } from "./subjects.ts";

/** What a merge moved. */
interface Moved {
  conversationIds: number[];
}

export const personalData: PersonalData = {
  readScope: "support:read",
  writeScope: "support:write",
  tables: SUPPORT_EXPORT_TABLES,
  conversations: listConversationsOf,
  lock: lockConversationsOf,
  export: exportConversations,
  async planErasure(ctx, person) {
    const conversationIds = (await listConversationsOf(ctx.db, person.personIds)).map(({ id }) => id);
    const telegramIds = telegramIdsOf(person.identities);
    const updates = await seeUpdates(
      ctx.db,
      { telegramIds, subjects: conversationIds.map(conversationSubject) },
      ctx.now(),
    );
    return (tx, now) => erase(ctx, tx, { ...now, updates });
  },
  async merge(tx, { from, to }): Promise<Moved> {
    return { conversationIds: await moveConversations(tx, from, to) };
  },
  unmerge: (tx, { from, to, moved, identities }) =>
    returnConversations(tx, { from, to }, { conversationIds: [], ...(moved as Moved | null), identities }),
};

async function erase(
  ctx: Context,
  tx: Transaction,
  person: PersonReferences & { updates: Awaited<ReturnType<typeof seeUpdates>> },
): Promise<Erasure> {
  const erased = await eraseConversations(tx, { ...person, now: ctx.now() });
  const { counts, cut } = erased;
  for (const agent of person.agents) {
    const forgotten = await forgetAgent(tx, agent);
    cut.push(...forgotten.cut);
    for (const [kind, count] of Object.entries(forgotten.counts)) counts[kind] = (counts[kind] ?? 0) + count;
  }
  return { ...erased, committed: () => finishErasure(ctx, erased.customers) };
}

async function finishErasure(ctx: Context, customers: readonly string[]): Promise<void> {
  publishDue(ctx.bus);
  for (const key of customers) {
    const room = presenceTopic.name(key);
    for (const { member } of ctx.presence.list(room)) ctx.presence.remove(room, member);
  }
}

export async function listConversationsOf(
  db: Database | Transaction,
  personIds: readonly string[],
): Promise<PersonConversation[]> {
  const rows = rowsOf<PersonConversation>(
    await db.execute(sql`
      select c.id, c.channel, c.external_id as "externalId", c.status, c.last_activity_at as "lastActivityAt",
             (select count(*) from messages m where m.conversation_id = c.id) as "messageCount"
      from conversations c where c.person_id in ${uuidsIn(personIds)} order by c.id`),
  );
  return rows.map((row) => ({ ...row, lastActivityAt: readInstant(row.lastActivityAt) }));
}

/** Locks the conversations of people until the transaction ends, in the order in which every writer locks them. */
async function lockConversationsOf(tx: Transaction, personIds: readonly string[]): Promise<void> {
  await tx.execute(sql`select 1 from conversations where person_id in ${uuidsIn(personIds)} order by id for update`);
}

/** Gives all conversations of one person to another. @returns their ids */
async function moveConversations(tx: Transaction, from: string, to: string): Promise<number[]> {
  const rows = rowsOf<{ id: number }>(
    await tx.execute(
      sql`update conversations set person_id = ${to}::uuid where person_id = ${from}::uuid returning id`,
    ),
  );
  await moveDeliveries(tx, { from, to });
  return rows.map(({ id }) => id).sort((a, b) => a - b);
}

/** Gives back what was moved and is still there, and what the identities have begun since. */
async function returnConversations(
  tx: Transaction,
  { from, to }: { from: string; to: string },
  moved: { conversationIds: readonly number[]; identities: readonly { namespace: string; externalId: string }[] },
): Promise<void> {
  await tx.execute(sql`
    update conversations set person_id = ${to}::uuid where person_id = ${from}::uuid and (
      id in ${bigintsIn(moved.conversationIds)} or (channel, external_id) in (
        select namespace, "externalId" from jsonb_to_recordset(${JSON.stringify(moved.identities)}::jsonb)
          as x(namespace text, "externalId" text)))`);
  const about = sql`(
    select 'support.message:' || m.id from messages m join conversations c on c.id = m.conversation_id
    where c.person_id = ${to}::uuid)`;
  await moveDeliveries(tx, { from, to, about });
}
