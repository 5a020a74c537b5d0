import type { Database, Transaction } from "@pult/db/database.ts";
import { removeRows, rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { selectTiedAccounts, untieRecords } from "../chats/associations/of-records.ts";
import { forgetContacts } from "../chats/bulk/forget.ts";
import { chatsTopic } from "../chats/events.ts";
import type { Context } from "../context.ts";
import { forgetNoticesAbout } from "../notices/personal-data.ts";
import type { Erasure, PersonalData, PersonReferences } from "../slice.ts";
import { telegramIdsOf } from "../telegram/traces.ts";
import { crmTopic } from "./events.ts";
import { taskSubject } from "./tasks/notice.ts";

/** Contacts that are a person: by their Telegram user, or as the desk's customer; and what of the CRM names them. */
export const personalData: PersonalData = {
  readScope: "auth:read",
  writeScope: "auth:write",
  tables: {
    crm_contacts: { path: "crmContacts" },
    crm_tagged: { path: "crmContacts[].tags" },
    crm_notes: { path: "crmContacts[].notes" },
    crm_tasks: { path: "crmContacts[].tasks" },
    crm_changes: { path: "crmContacts[].changes" },
    crm_deals: { path: "crmContacts[].deals" },
    crm_merges: { path: "crmContacts[].merges" },
  },
  conversations: async () => [],
  lock: lockContactsOf,
  export: exportContacts,
  planErasure: async () => eraseContacts,
  merge: mergeContacts,
  unmerge: unmergeContacts,
};

/** Contacts of a person, and those that became part of one of them. */
const contactsOf = ({ personIds, identities }: PersonReferences): SQL => sql`
  select c.id from crm_contacts c left join crm_contacts k on k.id = c.merged_into_id
  where coalesce(k.person_id, c.person_id) in ${uuidsIn(personIds)} or c.person_id in ${uuidsIn(personIds)}
    or c.telegram_user_id in ${idsIn(identities)} or k.telegram_user_id in ${idsIn(identities)}`;

const idsIn = (identities: PersonReferences["identities"]): SQL =>
  sql`(select x::bigint from jsonb_array_elements_text(${JSON.stringify(telegramIdsOf(identities))}::jsonb) x)`;

/** Deals before contacts, as every change of a deal locks them. */
async function lockContactsOf(tx: Transaction, personIds: readonly string[]): Promise<void> {
  const people = uuidsIn(personIds);
  const contacts = sql`
    select id from crm_contacts where person_id in ${people} or telegram_user_id in (
      select external_id::bigint from identities where namespace = 'telegram' and external_id ~ '^[0-9]{1,18}$' and person_id in ${people})`;
  await tx.execute(sql`select 1 from crm_deals where contact_id in (${contacts}) order by id for update`);
  await tx.execute(sql`select 1 from crm_contacts where id in (${contacts}) order by id for update`);
}

async function exportContacts({ db }: Context, person: PersonReferences) {
  const contacts = rowsOf<{ id: string }>(
    await db.execute(sql`
      select id, name, email, phone, username, telegram_user_id::text as "telegramUserId", source, consent, consent_at as "consentAt",
        fields, created_at as "createdAt", updated_at as "updatedAt"
      from crm_contacts where id in (${contactsOf(person)}) order by created_at, id`),
  );
  const withAll = contacts.map(async ({ id, ...contact }) => {
    const about = sql`entity = 'contact' and entity_id = ${id}`;
    return {
      ...contact,
      tags: await read(db, sql`t.name from crm_tagged join crm_tags t on t.id = tag_id where ${about}`),
      notes: await read(db, sql`text, created_at as "createdAt" from crm_notes where ${about} order by created_at`),
      tasks: await read(
        db,
        sql`title, due_at as "dueAt", done_at as "doneAt", created_at as "createdAt" from crm_tasks where ${about} order by created_at`,
      ),
      changes: await read(db, sql`kind, details, at from crm_changes where ${about} order by id`),
      deals: await read(
        db,
        sql`number, name, amount::text, currency, next_step as "nextStep", created_at as "createdAt" from crm_deals
          where contact_id = ${id} order by number`,
      ),
      merges: await read(
        db,
        sql`moved, merged_at as "mergedAt" from crm_merges where kept_id = ${id} or gone_id = ${id}`,
      ),
    };
  });
  return { crmContacts: await Promise.all(withAll) };
}

const read = async (db: Database, what: SQL): Promise<object[]> =>
  rowsOf<object>(await db.execute(sql`select ${what}`));

/** Their contacts go with all words about them; their deals stay as numbers and amounts. */
async function eraseContacts(tx: Transaction, person: PersonReferences): Promise<Erasure> {
  const contacts = rowsOf<{ id: string }>(await tx.execute(contactsOf(person))).map(({ id }) => id);
  const ids = uuidsIn(contacts);
  const deals = rowsOf<{ id: string }>(
    await tx.execute(sql`
      update crm_deals set name = 'D-' || number, next_step = null, fields = '{}'::jsonb where contact_id in ${ids} returning id`),
  ).map(({ id }) => id);
  const about = sql`(entity = 'contact' and entity_id in ${ids} or entity = 'deal' and entity_id in ${uuidsIn(deals)})`;
  const tasks = rowsOf<{ id: string }>(await tx.execute(sql`select id from crm_tasks where ${about}`));
  await forgetNoticesAbout(
    tx,
    tasks.map(({ id }) => taskSubject(id)),
  );
  const crmNotes = await removeRows(tx, "crm_notes", about);
  const crmTasks = await removeRows(tx, "crm_tasks", about);
  await removeRows(tx, "crm_changes", about);
  await removeRows(tx, "crm_tagged", sql`entity = 'contact' and entity_id in ${ids}`);
  await removeRows(tx, "crm_merges", sql`kept_id in ${ids} or gone_id in ${ids}`);
  const accounts = [
    ...(await selectTiedAccounts(tx, { type: "contact", ids: contacts })),
    ...(await selectTiedAccounts(tx, { type: "deal", ids: deals })),
  ];
  await untieRecords(tx, { type: "contact", ids: contacts });
  const bulkMessages = await forgetContacts(tx, contacts);
  const crmContacts = await removeRows(tx, "crm_contacts", sql`id in ${ids}`);
  const acted = await forgetAuthors(tx, person);
  return {
    counts: { crmContacts, crmNotes, crmTasks, bulkMessages },
    remaining: [],
    cut: [
      ...(contacts.length > 0 || acted ? [crmTopic.name("all")] : []),
      ...new Set(accounts.map((id) => chatsTopic.name(id))),
    ],
    forget: [],
  };
}

/** Takes the person's ids and names out of what they did as agents. @returns whether they did anything */
async function forgetAuthors(tx: Transaction, { personIds }: PersonReferences): Promise<boolean> {
  const ids = sql`(select * from jsonb_array_elements_text(${JSON.stringify(personIds)}::jsonb))`;
  const changed = rowsOf(
    await tx.execute(sql`update crm_changes set actor = 'erased', actor_name = '' where actor in ${ids} returning 1`),
  );
  const tables = ["crm_contacts", "crm_companies", "crm_deals", "crm_notes", "crm_tasks", "crm_templates"];
  for (const table of tables)
    await tx.execute(sql`update ${sql.identifier(table)} set created_by = 'erased' where created_by in ${ids}`);
  await tx.execute(sql`update crm_merges set merged_by = 'erased' where merged_by in ${ids}`);
  return changed.length > 0;
}

/** A contact goes with its person, unless the other person is a contact too: then both stay, and show as duplicates. */
async function mergeContacts(tx: Transaction, { from, to }: { from: string; to: string }): Promise<string[] | null> {
  const moved = rowsOf<{ id: string }>(
    await tx.execute(sql`
      update crm_contacts set person_id = ${to} where person_id = ${from} and merged_into_id is null
        and not exists (select 1 from crm_contacts c where c.person_id = ${to} and c.merged_into_id is null) returning id`),
  );
  return moved.length > 0 ? moved.map(({ id }) => id) : null;
}

async function unmergeContacts(
  tx: Transaction,
  { from, to, moved }: { from: string; to: string; moved: unknown },
): Promise<void> {
  const ids = uuidsIn((moved as string[] | null) ?? []);
  await tx.execute(sql`update crm_contacts set person_id = ${to} where person_id = ${from} and id in ${ids}`);
}
