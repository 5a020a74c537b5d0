import { randomUUID } from "node:crypto";
import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import type { AuditAction } from "../../auth/audit/schema.ts";
import { recordAudit } from "../../auth/audit.ts";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { crmError, invalidField } from "../errors.ts";
import type { fieldInput, OfEntityInput, RecordInput, updateFieldInput } from "../inputs.ts";
import { type Author, requireAuthor } from "../records/changes.ts";
import { TABLES } from "../records/entities.ts";
import { changeRecords } from "../records/publish.ts";
import { unlessTaken } from "../records/unless-taken.ts";
import type { Entity, Field } from "../schema.ts";

const COLUMNS = sql`f.id, f.entity, f.name, f.type, f.options, f.position`;

/** Custom fields of a kind of record, in their order. */
export const readFields = async (db: Database | Transaction, entity: Entity): Promise<Field[]> =>
  rowsOf<Field>(
    await db.execute(sql`select ${COLUMNS} from crm_fields f where f.entity = ${entity} order by f.position, f.id`),
  );

/** Custom fields of all records, or of one kind. @throws DomainError `FORBIDDEN` */
export async function listFields(ctx: Context, { entity = null }: OfEntityInput): Promise<{ items: Field[] }> {
  requireStaff(ctx.actor, "chats:read");
  const items = rowsOf<Field>(
    await ctx.db.execute(sql`
      select ${COLUMNS} from crm_fields f where ${entity}::text is null or f.entity = ${entity} order by f.entity, f.position, f.id`),
  );
  return { items };
}

const record = (tx: Transaction, ctx: Context, action: AuditAction, { id, name, entity, type, options }: Field) =>
  recordAudit(tx, ctx, {
    action,
    target: { kind: "crmField", id, name },
    details: { entity, type, options: options.map(({ label }) => label) },
  });

const hasOptions = (type: Field["type"]): boolean => type === "select" || type === "multiSelect";

/** @throws DomainError `CONFLICT` for a name that is taken, `VALIDATION` */
export async function createField(ctx: Context, input: z.infer<typeof fieldInput>): Promise<Field> {
  requireAuthor(ctx);
  const { entity, name, type } = input;
  if (!hasOptions(type) && input.options.length > 0) throw invalidField("options", "Only selects have options");
  const options = optionsOf(input.options, []);
  return changeRecords(ctx, async (tx, events) => {
    const insert = sql`
      insert into crm_fields as f (entity, name, type, options, position)
      select ${entity}, ${name}, ${type}, ${JSON.stringify(options)}::jsonb, coalesce(max(position), -1) + 1 from crm_fields where entity = ${entity}
      returning ${COLUMNS}`;
    const [field] = rowsOf<Field>(await unlessTaken(tx.execute(insert), () => crmError("nameTaken")));
    if (!field) throw new Error("The field was not written");
    await record(tx, ctx, "fields.created", field);
    events.push({ type: "setupChanged" });
    return field;
  });
}

/** Options as they will be; those without an id are new. @throws DomainError `VALIDATION` */
function optionsOf(given: z.infer<typeof fieldInput>["options"], old: Field["options"]): Field["options"] {
  const labels = given.map(({ label }) => label.toLowerCase());
  if (new Set(labels).size < labels.length) throw invalidField("options", "Two have the same label");
  return given.map(({ id, label }) => {
    if (id !== undefined && !old.some((one) => one.id === id)) throw invalidField("options", `${id}: No such option`);
    return { id: id ?? randomUUID(), label };
  });
}

/**
 * Changes a field's name and options; its type never changes. Options that go and are used need to be told what becomes of their uses.
 * @throws DomainError `NOT_FOUND`, `VALIDATION`, `CONFLICT` with the count of records when that is not told, or for a name that is taken
 */
export async function updateField(ctx: Context, input: z.infer<typeof updateFieldInput>): Promise<Field> {
  const author = requireAuthor(ctx);
  return changeRecords(ctx, async (tx, events) => {
    const field = await lockField(tx, input.id);
    if (input.options !== undefined && !hasOptions(field.type))
      throw invalidField("options", "Only selects have options");
    const options = input.options === undefined ? field.options : optionsOf(input.options, field.options);
    const count = await replaceOptions(tx, field, { options, told: input.removedOptions ?? {}, author, at: ctx.now() });
    const update = sql`
      update crm_fields f set name = ${input.name ?? field.name}, options = ${JSON.stringify(options)}::jsonb where id = ${field.id}
      returning ${COLUMNS}`;
    const [changed = field] = rowsOf<Field>(await unlessTaken(tx.execute(update), () => crmError("nameTaken")));
    await record(tx, ctx, "fields.changed", changed);
    events.push({ type: "setupChanged" });
    if (count > 0) events.push({ type: "manyChanged", entity: field.entity, count });
    return changed;
  });
}

/** @throws DomainError `NOT_FOUND` */
async function lockField(tx: Transaction, id: string): Promise<Field> {
  const [field] = rowsOf<Field>(
    await tx.execute(sql`select ${COLUMNS} from crm_fields f where f.id = ${id} for update`),
  );
  if (!field) throw crmError("fieldNotFound");
  return field;
}

/** What becomes of each option that goes: another one, or null. */
type Replacements = Readonly<Record<string, string | null>>;

interface Replacing {
  options: Field["options"];
  told: Replacements;
  author: Author;
  at: Date;
}

/** @returns how many records had an option that goes */
async function replaceOptions(
  tx: Transaction,
  field: Field,
  { options, told, author, at }: Replacing,
): Promise<number> {
  const removed = field.options.filter(({ id }) => !options.some((one) => one.id === id)).map(({ id }) => id);
  if (removed.length === 0) return 0;
  for (const [id, other] of Object.entries(told))
    if (!removed.includes(id) || (other !== null && !options.some((one) => one.id === other)))
      throw invalidField("removedOptions", `${id}: Name an option that goes, and one that stays or null`);
  const untold = removed.filter((id) => !Object.hasOwn(told, id));
  const count = await countUses(tx, field, untold);
  if (count > 0) throw crmError("optionInUse", { count }, { details: { count, options: untold } });
  return rewriteValues(tx, field, { value: newValue(field, told), which: usesOf(field, removed), author, at });
}

const usesOf = ({ id, type }: Field, options: readonly string[]): SQL =>
  options.length === 0
    ? sql`false`
    : sql`(${sql.join(
        options.map((one) => sql`r.fields @> ${JSON.stringify({ [id]: type === "select" ? one : [one] })}::jsonb`),
        sql` or `,
      )})`;

async function countUses(tx: Transaction, field: Field, options: readonly string[]): Promise<number> {
  const [row] = rowsOf<{ count: number }>(
    await tx.execute(sql`select count(*)::int as count from ${TABLES[field.entity]} r where ${usesOf(field, options)}`),
  );
  return row?.count ?? 0;
}

/** The value of a record `r` with its options replaced; null where none is left. */
function newValue({ id, type }: Field, replacements: Replacements): SQL {
  const map = sql`${JSON.stringify(replacements)}::jsonb`;
  if (type === "select") return sql`nullif(${map}->(r.fields->>${id}), 'null'::jsonb)`;
  return sql`(
    select jsonb_agg(z.option order by z.place) from (
      select y.option, min(y.place) as place from (
        select case when jsonb_exists(${map}, x.option) then ${map}->>x.option else x.option end as option, x.place
        from jsonb_array_elements_text(r.fields->${id}) with ordinality as x(option, place)) y
      where y.option is not null group by y.option) z)`;
}

/** Gives a field another value in many records, each with a line of its history. @returns how many */
async function rewriteValues(
  tx: Transaction,
  { id, entity }: Field,
  { value, which, author, at }: { value: SQL; which: SQL; author: Author; at: Date },
): Promise<number> {
  const moment = sql`${at.toISOString()}::timestamptz`;
  const [row] = rowsOf<{ count: number }>(
    await tx.execute(sql`
      with changing as (
        select r.id, r.fields->${id} as old, ${value} as new from ${TABLES[entity]} r where ${which} order by r.id for update),
      changed as (
        update ${TABLES[entity]} r set version = version + 1, updated_at = ${moment},
          fields = (r.fields - ${id}::text) || case when c.new is null then '{}'::jsonb else jsonb_build_object(${id}::text, c.new) end
        from changing c where c.id = r.id returning r.id, c.old, c.new),
      noted as (
        insert into crm_changes (entity, entity_id, kind, details, batch, actor, actor_name, at)
        select ${entity}, id, 'updated', jsonb_build_object(${id}::text, jsonb_build_array(old, new)), ${randomUUID()}::uuid,
          ${author.id}, ${author.name}, ${moment} from changed returning 1)
      select count(*)::int as count from noted`),
  );
  return row?.count ?? 0;
}

/** Deletes a field with its values. @returns how many records had one @throws DomainError `NOT_FOUND` */
export async function deleteField(ctx: Context, { id }: RecordInput): Promise<{ count: number }> {
  const author = requireAuthor(ctx);
  return changeRecords(ctx, async (tx, events) => {
    const field = await lockField(tx, id);
    const which = sql`jsonb_exists(r.fields, ${id})`;
    const count = await rewriteValues(tx, field, { value: sql`null::jsonb`, which, author, at: ctx.now() });
    await tx.execute(sql`delete from crm_fields where id = ${id}`);
    await record(tx, ctx, "fields.deleted", field);
    events.push({ type: "setupChanged" });
    if (count > 0) events.push({ type: "manyChanged", entity: field.entity, count });
    return { count };
  });
}
