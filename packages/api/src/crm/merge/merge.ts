import type { Transaction } from "@pult/db/database.ts";
import { rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { crmMerges } from "@pult/db/schema/crm.ts";
import { eq, sql } from "drizzle-orm";
import { type MovedTies, moveTies, publishChats, returnTies } from "../../chats/associations/of-records.ts";
import type { Context } from "../../context.ts";
import { crmError, invalidField } from "../errors.ts";
import type { MergeContactsInput, RecordInput } from "../inputs.ts";
import { type Author, addChanges, requireAuthor } from "../records/changes.ts";
import { readerOf } from "../records/entities.ts";
import { changeRecords, savedEvents } from "../records/publish.ts";
import { requireRecord } from "../records/select.ts";
import { unlessTaken } from "../records/unless-taken.ts";
import type { Contact, CrmEvent } from "../schema.ts";
import { type Filled, fillColumns, restoreColumns } from "./columns.ts";

/** What a merge moved, for its undoing. */
interface Moved {
  filled: Filled;
  /** That the kept one got, and that the other had. */
  tags: { added: string[]; gone: string[] };
  notes: string[];
  tasks: string[];
  deals: string[];
  /** Contacts that had become part of the other before. */
  merged: string[];
  ties: MovedTies;
}

/**
 * Makes one contact part of another: its tags, notes, tasks, deals and chats move, and the kept one gets what it lacks, such as the Telegram
 * user. Two Telegram users stay two: the kept one's counts.
 * @returns by what it can be undone
 * @throws DomainError `NOT_FOUND`, `VALIDATION` for one contact twice
 */
export async function mergeContacts(
  ctx: Context,
  { keepId, mergeId }: MergeContactsInput,
): Promise<{ merge: string; contact: Contact }> {
  const author = requireAuthor(ctx);
  if (keepId === mergeId) throw invalidField("mergeId", "The same contact");
  const { merge, chats } = await changeRecords(ctx, async (tx, events) => {
    await lockTwo(tx, keepId, mergeId);
    const gone = await requireRecord(tx, "contact", mergeId, null);
    const { moved, chats: tied } = await moveEverything(tx, { keepId, mergeId, at: ctx.now() });
    const merged = await record(tx, { keepId, gone, moved, author, at: ctx.now() });
    events.push(
      { type: "deleted", entity: "contact", id: mergeId },
      ...(await told(tx, moved, [keepId], [gone.companyId])),
    );
    return { merge: merged, chats: tied };
  });
  await publishChats(ctx, chats);
  return { merge, contact: await requireRecord(ctx.db, "contact", keepId, readerOf(ctx)) };
}

/** Deals before contacts, as every change of a deal locks them. @throws DomainError `NOT_FOUND` */
async function lockTwo(tx: Transaction, keepId: string, mergeId: string): Promise<void> {
  const ids = uuidsIn([keepId, mergeId]);
  await tx.execute(sql`select 1 from crm_deals where contact_id in ${ids} order by id for update`);
  const found = rowsOf(
    await tx.execute(sql`
      select 1 from crm_contacts where id in ${ids} and merged_into_id is null order by id for update`),
  );
  if (found.length < 2) throw crmError("recordNotFound");
}

async function moveEverything(tx: Transaction, { keepId, mergeId, at }: MergeContactsInput & { at: Date }) {
  const ids = async (statement: ReturnType<typeof sql>) =>
    rowsOf<{ id: string }>(await tx.execute(statement)).map(({ id }) => id);
  const moveOf = (table: "crm_notes" | "crm_tasks") =>
    ids(
      sql`update ${sql.identifier(table)} set entity_id = ${keepId} where entity = 'contact' and entity_id = ${mergeId} returning id`,
    );
  const merged = await ids(
    sql`update crm_contacts set merged_into_id = ${keepId} where merged_into_id = ${mergeId} returning id`,
  );
  await tx.execute(
    sql`update crm_contacts set merged_into_id = ${keepId}, version = version + 1 where id = ${mergeId}`,
  );
  const filled = await fillColumns(tx, { keepId, mergeId, at });
  const added = await ids(sql`
    insert into crm_tagged (tag_id, entity, entity_id) select tag_id, 'contact', ${keepId}::uuid from crm_tagged
    where entity = 'contact' and entity_id = ${mergeId} on conflict do nothing returning tag_id as id`);
  const gone = await ids(
    sql`delete from crm_tagged where entity = 'contact' and entity_id = ${mergeId} returning tag_id as id`,
  );
  const [notes, tasks] = [await moveOf("crm_notes"), await moveOf("crm_tasks")];
  const deals = await ids(sql`update crm_deals set contact_id = ${keepId} where contact_id = ${mergeId} returning id`);
  const { chats, ...ties } = await moveTies(tx, { type: "contact", from: mergeId, to: keepId });
  const moved: Moved = { filled, tags: { added, gone }, notes, tasks, deals, merged, ties };
  return { moved, chats };
}

async function record(
  tx: Transaction,
  { keepId, gone, moved, author, at }: { keepId: string; gone: Contact; moved: Moved; author: Author; at: Date },
): Promise<string> {
  const [row] = await tx
    .insert(crmMerges)
    .values({ keptId: keepId, goneId: gone.id, moved, mergedBy: author.id, mergedAt: at })
    .returning();
  const merge = row?.id ?? "";
  const kept = await requireRecord(tx, "contact", keepId, null);
  const named = ({ id, name }: Contact) => ({ id, name });
  await addChanges(tx, { author, at }, [
    {
      entity: "contact",
      entityId: keepId,
      kind: "merged",
      details: { merge, contact: named(gone), ...moved.filled.details },
    },
    { entity: "contact", entityId: gone.id, kind: "merged", details: { merge, into: named(kept) } },
  ]);
  return merge;
}

const told = async (
  tx: Transaction,
  { deals }: Moved,
  contact: readonly string[],
  companies: readonly (string | null)[],
): Promise<CrmEvent[]> => {
  const events = await savedEvents(tx, { contact, deal: deals });
  const own = events.flatMap((event) =>
    event.type === "saved" && event.record.entity === "contact" ? event.record.companyId : [],
  );
  return [...events, ...(await savedEvents(tx, { company: [...own, ...companies] }))];
};

/**
 * Undoes a merge: both contacts are again what they were; what was changed since stays where it is.
 * @throws DomainError `NOT_FOUND` also when it was undone, `CONFLICT` when the kept one became part of another since, or another contact is
 * the Telegram user by now
 */
export async function unmergeContacts(ctx: Context, { id }: RecordInput): Promise<{ kept: Contact; contact: Contact }> {
  const author = requireAuthor(ctx);
  const { keptId, goneId, chats } = await changeRecords(ctx, async (tx, events) => {
    const merge = await lockMerge(tx, id);
    const moved = merge.moved as Moved;
    const { keptId: keepId, goneId: mergeId } = merge;
    const tied = await returnEverything(tx, { keepId, mergeId, moved, at: ctx.now() });
    await tx.update(crmMerges).set({ undoneAt: ctx.now() }).where(eq(crmMerges.id, id));
    const lines = [keepId, mergeId].map(
      (entityId) => ({ entity: "contact", entityId, kind: "unmerged", details: { merge: id } }) as const,
    );
    await addChanges(tx, { author, at: ctx.now() }, lines);
    events.push(...(await told(tx, moved, [keepId, mergeId], [])));
    return { keptId: keepId, goneId: mergeId, chats: tied };
  });
  await publishChats(ctx, chats);
  const reader = readerOf(ctx);
  return {
    kept: await requireRecord(ctx.db, "contact", keptId, reader),
    contact: await requireRecord(ctx.db, "contact", goneId, reader),
  };
}

async function lockMerge(tx: Transaction, id: string) {
  const [found] = await tx.select().from(crmMerges).where(eq(crmMerges.id, id));
  if (!found) throw crmError("mergeNotFound");
  const both = uuidsIn([found.keptId, found.goneId]);
  await tx.execute(sql`select 1 from crm_deals where contact_id in ${both} order by id for update`);
  const contacts = rowsOf<{ id: string; mergedIntoId: string | null }>(
    await tx.execute(sql`
      select id, merged_into_id as "mergedIntoId" from crm_contacts where id in ${both} order by id for update`),
  );
  // Of two who undo it at once, the second waits above.
  const [merge] = await tx.select().from(crmMerges).where(eq(crmMerges.id, id));
  if (!merge || merge.undoneAt || contacts.length < 2) throw crmError("mergeNotFound");
  if (contacts.find((one) => one.id === merge.keptId)?.mergedIntoId) throw crmError("mergedFurther");
  return merge;
}

async function returnEverything(
  tx: Transaction,
  { keepId, mergeId, moved, at }: MergeContactsInput & { moved: Moved; at: Date },
) {
  const { tags, notes, tasks, deals, merged, ties } = moved;
  await restoreColumns(tx, { keepId, filled: moved.filled, at });
  await unlessTaken(
    tx.execute(sql`update crm_contacts set merged_into_id = null, version = version + 1 where id = ${mergeId}`),
    () => crmError("contactExists"),
  );
  await tx.execute(sql`
    update crm_contacts set merged_into_id = ${mergeId} where merged_into_id = ${keepId} and id in ${uuidsIn(merged)}`);
  await tx.execute(sql`
    delete from crm_tagged where entity = 'contact' and entity_id = ${keepId} and tag_id in ${uuidsIn(tags.added)}`);
  await tx.execute(sql`
    insert into crm_tagged (tag_id, entity, entity_id) select id, 'contact', ${mergeId}::uuid from crm_tags where id in ${uuidsIn(tags.gone)}
    on conflict do nothing`);
  for (const [table, moving] of [
    ["crm_notes", notes],
    ["crm_tasks", tasks],
  ] as const)
    await tx.execute(sql`
      update ${sql.identifier(table)} set entity_id = ${mergeId} where entity = 'contact' and entity_id = ${keepId} and id in ${uuidsIn(moving)}`);
  await tx.execute(
    sql`update crm_deals set contact_id = ${mergeId} where contact_id = ${keepId} and id in ${uuidsIn(deals)}`,
  );
  return returnTies(tx, { type: "contact", from: mergeId, to: keepId, ...ties });
}
