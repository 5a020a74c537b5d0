import type { Transaction } from "@pult/db/database.ts";
import { rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { publishChats, selectTiedChats } from "../../chats/associations/of-records.ts";
import type { Context } from "../../context.ts";
import type { CrmEvent } from "../schema.ts";
import { MAX_TOLD } from "../setup/apply-tags.ts";
import { type Author, addChanges, type NewChange } from "./changes.ts";
import { changeRecords, savedEvents } from "./publish.ts";

/** A person as an address book has them. */
export interface BookPerson {
  userId: string;
  name: string;
  username: string | null;
  phone: string | null;
  /** Whether they become a contact where there is none. */
  isNew: boolean;
}

const COLUMNS = ["name", "phone", "username"] as const;
type Column = (typeof COLUMNS)[number];

interface Existing extends Record<Column, string | null> {
  id: string;
  userId: string;
  isMerged: boolean;
}

/**
 * Takes over what an address book says of people: who is no contact becomes one; of those who are, what is empty is filled, and what this address
 * book wrote itself follows it. What anyone else wrote, or emptied, stays.
 * @param author of the address book: one writes only over what it wrote before
 */
export async function takeOver(ctx: Context, author: Author, people: readonly BookPerson[]): Promise<void> {
  const at = ctx.now();
  const renamed = await changeRecords(ctx, async (tx, events) => {
    const existing = await lockExisting(tx, people);
    const known = new Set(existing.map(({ userId }) => userId));
    const strangers = people.filter(({ userId, isNew }) => isNew && !known.has(userId));
    const created = await addContacts(tx, strangers, { author, at });
    const live = existing.filter(({ isMerged }) => !isMerged);
    const updated = await fillContacts(tx, live, { people, author, at });
    events.push(
      ...(await told(
        tx,
        [...created, ...updated].map(({ entityId }) => entityId),
      )),
    );
    const renames = updated.filter(({ details }) => "name" in details).map(({ entityId }) => entityId);
    return selectTiedChats(tx, { type: "contact", ids: renames });
  });
  await publishChats(ctx, renamed);
}

const told = (tx: Transaction, ids: readonly string[]): Promise<CrmEvent[]> | CrmEvent[] =>
  ids.length > MAX_TOLD
    ? [{ type: "manyChanged", entity: "contact", count: ids.length }]
    : savedEvents(tx, { contact: ids });

/** Contacts of these Telegram users, also those that became part of another; in the order in which changes lock them. */
async function lockExisting(tx: Transaction, people: readonly BookPerson[]): Promise<Existing[]> {
  const userIds = JSON.stringify(people.map(({ userId }) => userId));
  return rowsOf<Existing>(
    await tx.execute(sql`
      select id, telegram_user_id::text as "userId", merged_into_id is not null as "isMerged", name, phone, username from crm_contacts
      where telegram_user_id in (select x::bigint from jsonb_array_elements_text(${userIds}::jsonb) x) order by id for update`),
  );
}

async function addContacts(
  tx: Transaction,
  people: readonly BookPerson[],
  { author, at }: { author: Author; at: Date },
): Promise<NewChange[]> {
  if (people.length === 0) return [];
  const moment = sql`${at.toISOString()}::timestamptz`;
  const rows = rowsOf<Record<Column, string | null> & { id: string; telegramUserId: string }>(
    await tx.execute(sql`
      insert into crm_contacts (name, phone, username, telegram_user_id, source, created_by, created_at, updated_at)
      select x.name, x.phone, x.username, x."userId"::bigint, 'Telegram', ${author.id}, ${moment}, ${moment}
      from jsonb_to_recordset(${JSON.stringify(people)}::jsonb) as x(name text, phone text, username text, "userId" text)
      on conflict do nothing returning id, name, phone, username, telegram_user_id::text as "telegramUserId"`),
  );
  const lines = rows.map(({ id, ...details }): NewChange => {
    return { entity: "contact", entityId: id, kind: "created", details: { ...details, source: "Telegram" } };
  });
  await addChanges(tx, { author, at }, lines);
  return lines;
}

async function fillContacts(
  tx: Transaction,
  contacts: readonly Existing[],
  { people, author, at }: { people: readonly BookPerson[]; author: Author; at: Date },
): Promise<NewChange[]> {
  const byUser = new Map(people.map((person) => [person.userId, person]));
  const differing = contacts.filter((contact) => {
    const person = byUser.get(contact.userId);
    return COLUMNS.some((column) => person?.[column] && person[column] !== contact[column]);
  });
  const writers = await lastWriters(
    tx,
    differing.map(({ id }) => id),
  );
  const lines: NewChange[] = [];
  const rows: (Record<Column, string | null> & { id: string })[] = [];
  for (const contact of differing) {
    const person = byUser.get(contact.userId);
    const details: Record<string, [old: string | null, now: string]> = {};
    for (const column of COLUMNS) {
      const [before, now] = [contact[column], person?.[column]];
      if (!now || now === before) continue;
      const writer = writers.get(`${contact.id}/${column}`);
      if (writer === author.id || (writer === undefined && before === null)) details[column] = [before, now];
    }
    if (Object.keys(details).length === 0) continue;
    const newOf = (column: Column) => details[column]?.[1] ?? contact[column];
    rows.push({ id: contact.id, name: newOf("name"), phone: newOf("phone"), username: newOf("username") });
    lines.push({ entity: "contact", entityId: contact.id, kind: "updated", details });
  }
  if (rows.length === 0) return [];
  await tx.execute(sql`
    update crm_contacts c set name = x.name, phone = x.phone, username = x.username, version = version + 1,
      updated_at = ${at.toISOString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id uuid, name text, phone text, username text) where c.id = x.id`);
  await addChanges(tx, { author, at }, lines);
  return lines;
}

/** Who wrote columns of contacts last, by `<contact>/<column>`; a merge writes what it brought. */
async function lastWriters(tx: Transaction, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = rowsOf<{ key: string; actor: string }>(
    await tx.execute(sql`
      select distinct on (h.entity_id, c.name) h.entity_id || '/' || c.name as key, h.actor
      from crm_changes h cross join jsonb_array_elements_text(${JSON.stringify(COLUMNS)}::jsonb) c(name)
      where h.entity = 'contact' and h.entity_id in ${uuidsIn(ids)} and coalesce(h.details->c.name, 'null'::jsonb) <> 'null'::jsonb
      order by h.entity_id, c.name, h.at desc, h.id desc`),
  );
  return new Map(rows.map(({ key, actor }) => [key, actor]));
}
