import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { publishChats, selectTiedChats, untieRecords } from "../../chats/associations/of-records.ts";
import type { Context } from "../../context.ts";
import { crmError } from "../errors.ts";
import type { RecordInput } from "../inputs.ts";
import type { CrmEvent, CrmRecord, Entity, FieldValue } from "../schema.ts";
import { type Author, addChanges, findLastChange, requireAuthor } from "./changes.ts";
import { LIVE, readerOf, TABLES } from "./entities.ts";
import { changeRecords, savedEvents } from "./publish.ts";
import { type RecordOf, requireRecord } from "./select.ts";
import { unlessTaken } from "./unless-taken.ts";
import { checkFields, columnsOf, type Given, requireReferences, storedValues } from "./values.ts";

interface CreateInput {
  name: string;
  tags?: readonly string[] | undefined;
  fields?: Readonly<Record<string, FieldValue>> | undefined;
}

/** What a creation or a change does beside what every record needs: columns that calls do not set. */
type Columns = Readonly<Record<string, string | null>>;

/**
 * Adds a record, its tags and the first line of its history.
 * @returns its id; null when a contact of the same Telegram user or person is there
 * @throws DomainError `VALIDATION`
 */
export async function insertRecord(
  tx: Transaction,
  entity: Entity,
  input: CreateInput & Given,
  { author, at, more = {} }: { author: Author; at: Date; more?: Columns },
): Promise<string | null> {
  const values = columnsOf(entity, input);
  await requireReferences(tx, values);
  const fields = withoutEmpty(await checkFields(tx, entity, input.fields ?? {}));
  const stored = storedValues(entity, { ...values, ...more });
  const moment = sql`${at.toISOString()}::timestamptz`;
  const names = stored.map(({ column }) => column);
  const [row] = rowsOf<{ id: string }>(
    await tx.execute(sql`
      insert into ${TABLES[entity]} (fields, created_by, created_at, updated_at, ${sql.join(names, sql`, `)})
      values (${JSON.stringify(fields)}::jsonb, ${author.id}, ${moment}, ${moment}, ${sql.join(
        stored.map(({ value }) => value),
        sql`, `,
      )}) on conflict do nothing returning id`),
  );
  if (!row) return null;
  await addTags(tx, entity, row.id, input.tags ?? []);
  const details = { ...values, ...(Object.keys(fields).length > 0 ? { fields } : {}) };
  await addChanges(tx, { author, at }, [{ entity, entityId: row.id, kind: "created", details }]);
  return row.id;
}

const withoutEmpty = (fields: Record<string, FieldValue>): Record<string, FieldValue> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

/** @throws DomainError `NOT_FOUND` */
async function addTags(tx: Transaction, entity: Entity, id: string, tags: readonly string[]): Promise<void> {
  const wanted = [...new Set(tags)];
  if (wanted.length === 0) return;
  const added = rowsOf(
    await tx.execute(sql`
      insert into crm_tagged (tag_id, entity, entity_id) select t.id, ${entity}, ${id}::uuid from crm_tags t where t.id in ${uuidsIn(wanted)}
      returning 1`),
  );
  if (added.length < wanted.length) throw crmError("tagNotFound");
}

/** Records whose sums and counts change with a record. */
const affectedBy = (record: CrmRecord) => {
  if (record.entity === "company") return {};
  return record.entity === "deal"
    ? { contact: [record.contactId], company: [record.companyId] }
    : { company: [record.companyId] };
};

/** What is told of a record that was another before. */
export async function tellChanged(
  tx: Transaction,
  record: CrmRecord,
  before: CrmRecord | null = null,
): Promise<CrmEvent[]> {
  const [now, then] = [affectedBy(record), before ? affectedBy(before) : {}];
  const ids = {
    contact: [...(now.contact ?? []), ...(then.contact ?? [])],
    company: [...(now.company ?? []), ...(then.company ?? [])],
  };
  return [{ type: "saved", record }, ...(await savedEvents(tx, ids))];
}

/** Locks a record until the transaction ends. @throws DomainError `NOT_FOUND` @returns its version */
export async function lockRecord(tx: Transaction, entity: Entity, id: string): Promise<number> {
  const [row] = rowsOf<{ version: number }>(
    await tx.execute(sql`select r.version from ${TABLES[entity]} r where r.id = ${id} and ${LIVE[entity]} for update`),
  );
  if (!row) throw crmError("recordNotFound");
  return row.version;
}

/**
 * Changes a record that is as the caller saw it.
 * @throws DomainError `NOT_FOUND`, `VALIDATION`, `CONFLICT` when it was changed since: by whom and when is in its details
 */
export async function updateRecord<Kind extends Entity>(
  ctx: Context,
  entity: Kind,
  input: { id: string; version: number; fields?: Readonly<Record<string, FieldValue>> | undefined } & Given,
): Promise<RecordOf<Kind>> {
  const author = requireAuthor(ctx);
  const { id } = input;
  const renamed = await changeRecords(ctx, async (tx, events) => {
    const version = await lockRecord(tx, entity, id);
    if (version !== input.version) throw await staleError(tx, { entity, id, version });
    const before: CrmRecord = await requireRecord(tx, entity, id, null);
    const changed = await differences(tx, before, input);
    if (Object.keys(changed.details).length === 0) return [];
    await storeChanges(tx, before, { ...changed, at: ctx.now() });
    await addChanges(tx, { author, at: ctx.now() }, [
      { entity, entityId: id, kind: "updated", details: changed.details },
    ]);
    events.push(...(await tellChanged(tx, await requireRecord(tx, entity, id, null), before)));
    // Chats carry the names of the records that they are tied to.
    return changed.details.name ? selectTiedChats(tx, { type: entity, ids: [id] }) : [];
  });
  await publishChats(ctx, renamed);
  return requireRecord(ctx.db, entity, id, readerOf(ctx));
}

async function staleError(tx: Transaction, { version, ...of }: { entity: Entity; id: string; version: number }) {
  const last = await findLastChange(tx, { ...of, kinds: ["created", "updated", "moved", "merged", "unmerged"] });
  const [actor, at] = [last?.actorName ?? "", last?.at ?? ""];
  return crmError(
    "stale",
    { actor, at },
    { details: { version, changedBy: last?.actor ?? null, actorName: actor, at } },
  );
}

interface Differences {
  values: Record<string, string | null>;
  fields: Record<string, FieldValue>;
  /** `{ <name>: [old, new] }`, custom fields by their id. */
  details: Record<string, [unknown, unknown]>;
}

async function differences(
  tx: Transaction,
  before: CrmRecord,
  input: { fields?: Readonly<Record<string, FieldValue>> | undefined } & Given,
): Promise<Differences> {
  const details: Differences["details"] = {};
  const values: Differences["values"] = {};
  const old = before as unknown as Readonly<Record<string, string | null>>;
  for (const [name, value] of Object.entries(columnsOf(before.entity, input)))
    if (old[name] !== value) {
      values[name] = value;
      details[name] = [old[name], value];
    }
  await requireReferences(tx, values);
  const fields: Differences["fields"] = {};
  for (const [id, value] of Object.entries(await checkFields(tx, before.entity, input.fields ?? {}))) {
    const was = before.fields[id] ?? null;
    if (JSON.stringify(was) === JSON.stringify(value)) continue;
    fields[id] = value;
    details[id] = [was, value];
  }
  return { values, fields, details };
}

/** @throws DomainError `CONFLICT` for a Telegram user or a person that another contact is */
async function storeChanges(
  tx: Transaction,
  { entity, id }: CrmRecord,
  { values, fields, at }: Differences & { at: Date },
): Promise<void> {
  if (entity === "contact") await requireUnique(tx, id, values);
  const moment = sql`${at.toISOString()}::timestamptz`;
  const assigned = storedValues(entity, values).map(({ column, value }) => sql`${column} = ${value}`);
  if (values.consent !== undefined) assigned.push(sql`consent_at = ${values.consent === null ? sql`null` : moment}`);
  const update = sql`
    update ${TABLES[entity]} set ${sql.join([...assigned, sql`version = version + 1`, sql`updated_at = ${moment}`], sql`, `)},
      fields = jsonb_strip_nulls(fields || ${JSON.stringify(fields)}::jsonb) where id = ${id}`;
  await unlessTaken(tx.execute(update), () => crmError("contactExists"));
}

/** @throws DomainError `CONFLICT`, which names the other contact */
async function requireUnique(
  tx: Transaction,
  id: string,
  values: Readonly<Record<string, string | null>>,
): Promise<void> {
  const { telegramUserId = null, personId = null } = values;
  if (telegramUserId === null && personId === null) return;
  const other = await findContact(tx, { telegramUserId, personId });
  if (other !== null && other !== id) throw crmError("contactExists", {}, { details: { contactId: other } });
}

/** The contact that is a Telegram user or a person. */
export async function findContact(
  db: Database | Transaction,
  { telegramUserId, personId }: { telegramUserId: string | null; personId: string | null },
): Promise<string | null> {
  const [row] = rowsOf<{ id: string }>(
    await db.execute(sql`
      select id from crm_contacts where merged_into_id is null
        and (telegram_user_id = ${telegramUserId}::bigint or person_id = ${personId}::uuid)
      order by telegram_user_id = ${telegramUserId}::bigint desc nulls last limit 1`),
  );
  return row?.id ?? null;
}

/** Deletes a record with its tags, notes, tasks and ties to chats; what named it stays without it. @throws DomainError `NOT_FOUND` */
export async function deleteRecord(ctx: Context, entity: Entity, { id }: RecordInput): Promise<void> {
  const author = requireAuthor(ctx);
  const untied = await changeRecords(ctx, async (tx, events) => {
    // Deals before contacts before companies, as every change of a deal locks them.
    if (entity !== "deal") await lockNaming(tx, entity, id);
    await lockRecord(tx, entity, id);
    const record: CrmRecord = await requireRecord(tx, entity, id, null);
    const of = sql`entity = ${entity} and entity_id = ${id}`;
    for (const table of [sql`crm_tagged`, sql`crm_notes`, sql`crm_tasks`])
      await tx.execute(sql`delete from ${table} where ${of}`);
    await tx.execute(sql`delete from ${TABLES[entity]} where id = ${id}`);
    const change = { entity, entityId: id, kind: "deleted", details: { name: record.name } } as const;
    await addChanges(tx, { author, at: ctx.now() }, [change]);
    events.push({ type: "deleted", entity, id }, ...(await savedEvents(tx, affectedBy(record))));
    return untieRecords(tx, { type: entity, ids: [id] });
  });
  await publishChats(ctx, untied);
}

async function lockNaming(tx: Transaction, entity: "contact" | "company", id: string): Promise<void> {
  const names = entity === "contact" ? sql`contact_id` : sql`company_id`;
  await tx.execute(sql`select 1 from crm_deals where ${names} = ${id} order by id for update`);
  if (entity === "company")
    await tx.execute(sql`select 1 from crm_contacts where company_id = ${id} order by id for update`);
}
