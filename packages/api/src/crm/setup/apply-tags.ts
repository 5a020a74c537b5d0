import { randomUUID } from "node:crypto";
import type { Transaction } from "@pult/db/database.ts";
import { rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import { crmError, invalidField } from "../errors.ts";
import type { tagInput, undoTagsInput } from "../inputs.ts";
import { type Author, requireAuthor } from "../records/changes.ts";
import { LIVE, readerOf, TABLES } from "../records/entities.ts";
import { findingOf } from "../records/list.ts";
import { changeRecords, savedEvents } from "../records/publish.ts";
import type { CrmEvent, CrmRecord, Entity } from "../schema.ts";

/** Above this, one event says that many changed. */
export const MAX_TOLD = 100;

interface Applied {
  id: string;
  added: string[];
  removed: string[];
}

/**
 * Gives tags to records and takes others, in one action: to those that are named, or to all that a query finds.
 * @returns the action's id, for `undoTags`, and how many records it changed
 * @throws DomainError `VALIDATION`, `NOT_FOUND` for a tag
 */
export async function applyTags(
  ctx: Context,
  input: z.infer<typeof tagInput>,
): Promise<{ batch: string; count: number }> {
  const author = requireAuthor(ctx);
  const { entity, add, remove } = input;
  if (add.length + remove.length === 0) throw invalidField("add", "Name tags to add or to remove");
  if (add.some((id) => remove.includes(id))) throw invalidField("remove", "A tag is in both lists");
  const which = await targetOf(ctx, input);
  const batch = randomUUID();
  const count = await changeRecords(ctx, async (tx, events) => {
    await requireTags(tx, [...add, ...remove]);
    const change = { entity, author, at: ctx.now(), batch };
    const applied = await changeTags(
      tx,
      { ...change, details: sql`'{}'::jsonb` },
      sql`
      with target as (select r.id from ${TABLES[entity]} r where ${which}),
      added as (
        insert into crm_tagged (tag_id, entity, entity_id) select t.id, ${entity}, target.id from target, crm_tags t where t.id in ${uuidsIn(add)}
        on conflict do nothing returning entity_id as id, tag_id),
      removed as (
        delete from crm_tagged g using target where g.entity = ${entity} and g.entity_id = target.id and g.tag_id in ${uuidsIn(remove)}
        returning g.entity_id as id, g.tag_id)`,
    );
    events.push(...(await tagEvents(tx, applied, { entity, author })));
    return applied.length;
  });
  return { batch, count };
}

async function targetOf(ctx: Context, { entity, ids, matching }: z.infer<typeof tagInput>): Promise<SQL> {
  if ((ids === undefined) === (matching === undefined)) throw invalidField("ids", "Give ids or matching");
  if (ids !== undefined) return sql`r.id in ${uuidsIn(ids)} and ${LIVE[entity]}`;
  return findingOf(ctx, entity, { filters: [], ...matching, reader: readerOf(ctx) });
}

/** @throws DomainError `NOT_FOUND` */
async function requireTags(tx: Transaction, ids: readonly string[]): Promise<void> {
  const wanted = [...new Set(ids)];
  const found = rowsOf(
    await tx.execute(sql`select 1 from crm_tags where id in ${uuidsIn(wanted)} order by id for key share`),
  );
  if (found.length < wanted.length) throw crmError("tagNotFound");
}

/** @param changing tables `added` and `removed` of (id, tag_id) @returns what changed, which is in the records' history too */
async function changeTags(
  tx: Transaction,
  { entity, author, at, batch, details }: { entity: Entity; author: Author; at: Date; batch: string; details: SQL },
  changing: SQL,
): Promise<Applied[]> {
  return rowsOf<Applied>(
    await tx.execute(sql`
      ${changing},
      changed as (
        select id, coalesce(jsonb_agg(tag_id) filter (where is_added), '[]'::jsonb) as added,
          coalesce(jsonb_agg(tag_id) filter (where not is_added), '[]'::jsonb) as removed
        from (select id, tag_id, true as is_added from added union all select id, tag_id, false from removed) x group by id),
      noted as (
        insert into crm_changes (entity, entity_id, kind, details, batch, actor, actor_name, at)
        select ${entity}, id, 'tagged', jsonb_build_object('added', added, 'removed', removed) || ${details}, ${batch}::uuid,
          ${author.id}, ${author.name}, ${at.toISOString()}::timestamptz from changed)
      select id, added, removed from changed`),
  );
}

async function tagEvents(
  tx: Transaction,
  applied: readonly Applied[],
  { entity, author }: { entity: Entity; author: Author },
): Promise<CrmEvent[]> {
  if (applied.length > MAX_TOLD) return [{ type: "manyChanged", entity, count: applied.length }];
  const saved = await savedEvents(tx, { [entity]: applied.map(({ id }) => id) });
  return saved.flatMap((event): CrmEvent[] => {
    if (event.type !== "saved") return [event];
    const { record } = event;
    return [
      event,
      ...addedTags(record, applied).map((tag) => ({ type: "tagged", record, tag, actor: author.id }) as const),
    ];
  });
}

const addedTags = (record: CrmRecord, applied: readonly Applied[]) =>
  record.tags.filter(({ id }) => applied.find((one) => one.id === record.id)?.added.includes(id));

/**
 * Undoes an action, once: tags that it gave are taken, those that it took are given back, where records and tags are still there.
 * @throws DomainError `NOT_FOUND` also when it was undone
 */
export async function undoTags(ctx: Context, input: z.infer<typeof undoTagsInput>): Promise<{ count: number }> {
  const author = requireAuthor(ctx);
  const count = await changeRecords(ctx, async (tx, events) => {
    const entity = await lockBatch(tx, input.batch);
    const change = { entity, author, at: ctx.now(), batch: randomUUID() };
    const listed = (name: "added" | "removed") => sql`
      select h.entity_id as id, x::uuid as tag_id from crm_changes h, jsonb_array_elements_text(h.details->${name}) x where h.batch = ${input.batch}`;
    const applied = await changeTags(
      tx,
      { ...change, details: sql`jsonb_build_object('undoes', ${input.batch}::text)` },
      sql`
      with removed as (
        delete from crm_tagged g using (${listed("added")}) u where g.entity = ${entity} and g.entity_id = u.id and g.tag_id = u.tag_id
        returning g.entity_id as id, g.tag_id),
      added as (
        insert into crm_tagged (tag_id, entity, entity_id) select u.tag_id, ${entity}, u.id from (${listed("removed")}) u
        join crm_tags t on t.id = u.tag_id join ${TABLES[entity]} r on r.id = u.id on conflict do nothing returning entity_id as id, tag_id)`,
    );
    events.push(...(await tagEvents(tx, applied, { entity, author })));
    return applied.length;
  });
  return { count };
}

/** Two who undo it at once wait for each other. @throws DomainError `NOT_FOUND` */
async function lockBatch(tx: Transaction, batch: string): Promise<Entity> {
  const [line] = rowsOf<{ entity: Entity }>(
    await tx.execute(sql`
      select entity from crm_changes where batch = ${batch} and kind = 'tagged' order by id for update`),
  );
  if (!line) throw crmError("batchNotFound");
  const undone = rowsOf(
    await tx.execute(sql`
      select 1 from crm_changes where kind = 'tagged' and details->>'undoes' = ${batch} limit 1`),
  );
  if (undone.length > 0) throw crmError("batchNotFound");
  return line.entity;
}
