import type { Database, Transaction } from "@pult/db/database.ts";
import { removeRows, rowsOf, textsIn, uuidsIn } from "@pult/db/rows.ts";
import { telegramFiles, telegramSessions } from "@pult/db/schema/chats.ts";
import { telegramImports } from "@pult/db/schema/telegram-imports.ts";
import { inArray, type SQL, sql } from "drizzle-orm";
import { unprovenKey } from "../actor.ts";
import type { Context } from "../context.ts";
import type { Erasure, PersonalData, PersonReferences } from "../slice.ts";
import { telegramIdsOf } from "../telegram/traces.ts";
import { logOutBehind } from "./accounts/log-out.ts";
import { purgeStores, removeFiles } from "./accounts/unlink.ts";
import { forgetAuthors } from "./bulk/forget.ts";
import { accountsTopic, bulkTopic, chatsTopic } from "./events.ts";

/** Messages of an account that an export holds at most: the newest. */
const MAX_MESSAGES = 50_000;

/** Telegram accounts that people linked, with everything that is stored of them: by their ids, which move with the person. */
export const personalData: PersonalData = {
  readScope: "auth:read",
  writeScope: "auth:write",
  tables: {
    telegram_sessions: { path: "telegramLinks" },
    telegram_shares: { path: "telegramLinks[].shares" },
    telegram_stores: { path: "telegramAccounts" },
    telegram_chats: { path: "telegramAccounts[].chats" },
    telegram_history: { path: "telegramAccounts[].messages" },
    telegram_revisions: { path: "telegramAccounts[].revisions" },
    telegram_sends: { path: "telegramAccounts[].sends" },
    telegram_drafts: { path: "telegramDrafts" },
    telegram_crm_associations: { path: "telegramAccounts[].associations" },
    telegram_files: { path: "telegramFiles" },
    telegram_imports: { path: "telegramImports" },
    telegram_address_book: { path: "telegramAddressBooks" },
    telegram_agreements: { path: "telegramAgreements" },
    telegram_bulks: { path: "telegramAccounts[].bulks" },
    telegram_bulk_recipients: { path: "telegramBulkMessages" },
    telegram_bulk_settings: { reason: "Limits of an account, without words about people" },
  },
  conversations: async () => [],
  lock: lockSessionsOf,
  export: exportAccounts,
  planErasure: async (ctx) => (tx, person) => eraseAccounts(ctx, tx, person),
  // Accounts belong to an identity, which moves.
  merge: mergeGrants,
  unmerge: unmergeGrants,
};

/** What a person was granted goes to whom they become, unless that one has the same grant. */
async function mergeGrants(tx: Transaction, { from, to }: { from: string; to: string }): Promise<string[] | null> {
  const moved = rowsOf<{ id: string }>(
    await tx.execute(sql`
      update telegram_shares g set person_id = ${to} where person_id = ${from} and not exists (
        select 1 from telegram_shares o where o.session_id = g.session_id and o.person_id = ${to} and o.chat_id is not distinct from g.chat_id)
      returning id`),
  );
  return moved.length > 0 ? moved.map(({ id }) => id) : null;
}

async function unmergeGrants(
  tx: Transaction,
  { from, to, moved }: { from: string; to: string; moved: unknown },
): Promise<void> {
  const ids = uuidsIn((moved as string[] | null) ?? []);
  await tx.execute(sql`update telegram_shares set person_id = ${to} where person_id = ${from} and id in ${ids}`);
}

const ownersOf = ({ identities, personIds }: PersonReferences): string[] => [
  ...identities.map(({ namespace, externalId }) => `${namespace}:${externalId}`),
  ...identities.map(({ externalId }) => unprovenKey(externalId)),
  ...personIds.map((id) => `agent:${id}`),
];

/** As drafts and sends name them. */
const authorsOf = ({ identities, personIds }: PersonReferences): string[] => [
  ...personIds,
  ...identities.map(({ externalId }) => externalId),
];

async function lockSessionsOf(tx: Transaction, personIds: readonly string[]): Promise<void> {
  const owners = sql`(
    select namespace || ':' || external_id from identities where person_id in ${uuidsIn(personIds)}
    union select 'agent:' || x from jsonb_array_elements_text(${JSON.stringify(personIds)}::jsonb) x)`;
  await tx.execute(sql`select 1 from telegram_sessions where owner in ${owners} order by id for update`);
}

async function exportAccounts({ db }: Context, person: PersonReferences) {
  const owners = textsIn(ownersOf(person));
  const stores = rowsOf<{ id: string }>(
    await db.execute(sql`
      select id, owner, user_id::text as "userId", created_at as "createdAt" from telegram_stores where owner in ${owners} order by created_at, id`),
  );
  const telegramAccounts = stores.map(async ({ id, ...store }) => ({
    ...store,
    chats: await read(
      db,
      sql`chat_id::text as id, type, title, username, phone_number as "phoneNumber", bio, about, created_at as "createdAt"
        from telegram_chats where store_id = ${id} order by chat_id`,
    ),
    messages: await read(
      db,
      sql`chat_id::text as "chatId", id::text, sender_id::text as "senderId", text, media, date
        from telegram_history where store_id = ${id} order by date desc, id desc limit ${MAX_MESSAGES}`,
    ),
    messageCount: rowsOf<{ count: number }>(
      await db.execute(sql`select count(*)::int as count from telegram_history where store_id = ${id}`),
    )[0]?.count,
    revisions: await read(
      db,
      sql`chat_id::text as "chatId", message_id::text as "messageId", text, replaced_at as "replacedAt"
        from telegram_revisions where store_id = ${id} order by id desc limit ${MAX_MESSAGES}`,
    ),
    sends: await read(
      db,
      sql`chat_id::text as "chatId", client_id as "clientId", text, state, created_at as "createdAt"
        from telegram_sends where store_id = ${id} order by id desc limit ${MAX_MESSAGES}`,
    ),
    bulks: await read(
      db,
      sql`name, text, state, author_name as "authorName", approved_by_name as "approvedByName", created_at as "createdAt"
        from telegram_bulks where store_id = ${id} order by created_at, id`,
    ),
    associations: await read(
      db,
      sql`chat_id::text as "chatId", entity_type as "crmEntityType", entity_id as "crmEntityId", created_by as "createdBy",
        created_at as "createdAt" from telegram_crm_associations where store_id = ${id} order by created_at, id`,
    ),
  }));
  return {
    telegramAccounts: await Promise.all(telegramAccounts),
    telegramLinks: await read(
      db,
      sql`id, owner, status, created_at as "createdAt", authorized_at as "authorizedAt",
        (select coalesce(jsonb_agg(jsonb_build_object('role', role, 'chatId', chat_id::text, 'access', access, 'until', until,
          'createdAt', created_at)), '[]'::jsonb)
          from telegram_shares where session_id = s.id) as shares
        from telegram_sessions s where owner in ${owners} order by created_at, id`,
    ),
    telegramDrafts: await read(
      db,
      sql`store_id as "telegramAccount", chat_id::text as "chatId", text, updated_at as "updatedAt" from telegram_drafts
        where text <> '' and author in ${textsIn(authorsOf(person))} order by updated_at`,
    ),
    telegramImports: await read(
      db,
      sql`id, file_name as "fileName", status, self_id::text as "selfId", report, created_at as "createdAt"
        from telegram_imports where owner in ${owners} order by created_at, id`,
    ),
    telegramAddressBooks: await read(
      db,
      sql`user_id::text as "userId", taken_at as "takenAt", change, first_name as "firstName", last_name as "lastName",
        requested_at as "requestedAt" from telegram_address_book
        where user_id in ${telegramIdsIn(person)} or store_id in ${uuidsIn(stores.map(({ id }) => id))} order by store_id, user_id`,
    ),
    telegramAgreements: await read(
      db,
      sql`chat_id::text as "chatId", how, word, reason, recorded_by as "recordedBy", recorded_by_name as "recordedByName",
        agreed_at as "agreedAt", ended_at as "endedAt", ended_by as "endedBy" from telegram_agreements
        where chat_id in ${telegramIdsIn(person)} or recorded_by in ${textsIn(person.personIds)}
          or store_id in ${uuidsIn(stores.map(({ id }) => id))} order by agreed_at, id`,
    ),
    telegramBulkMessages: await read(
      db,
      sql`chat_id::text as "chatId", name, text, state, reason, called_at as "calledAt" from telegram_bulk_recipients
        where chat_id in ${telegramIdsIn(person)} or store_id in ${uuidsIn(stores.map(({ id }) => id))} order by id limit ${MAX_MESSAGES}`,
    ),
    telegramFiles: await read(
      db,
      sql`type, file_name as "fileName", mime_type as "mimeType", size_bytes::text as "sizeBytes", created_at as "createdAt"
        from telegram_files where owner in ${owners} or store_id in ${uuidsIn(stores.map(({ id }) => id))} order by created_at, id`,
    ),
  };
}

/** Chats that others' accounts have with the person. */
const telegramIdsIn = ({ identities }: PersonReferences): SQL =>
  sql`(select x::bigint from jsonb_array_elements_text(${JSON.stringify(telegramIdsOf(identities))}::jsonb) x)`;

const read = async (db: Database, what: SQL): Promise<object[]> =>
  rowsOf<object>(await db.execute(sql`select ${what}`));

async function eraseAccounts(ctx: Context, tx: Transaction, person: PersonReferences): Promise<Erasure> {
  const owners = ownersOf(person);
  const sessions = await tx.delete(telegramSessions).where(inArray(telegramSessions.owner, owners)).returning();
  const stores = rowsOf<{ id: string }>(
    await tx.execute(sql`select id from telegram_stores where owner in ${textsIn(owners)} order by id for update`),
  );
  const uploads = await tx
    .delete(telegramFiles)
    .where(inArray(telegramFiles.owner, owners))
    .returning({ fileKey: telegramFiles.fileKey, thumbKey: telegramFiles.thumbKey });
  const imports = await tx.delete(telegramImports).where(inArray(telegramImports.owner, owners)).returning();
  const files = [
    ...imports.flatMap(({ fileKey }) => fileKey ?? []),
    ...uploads.flatMap(({ fileKey, thumbKey }) => [fileKey, thumbKey]).filter((key) => key !== null),
    ...(await purgeStores(
      tx,
      stores.map(({ id }) => id),
    )),
  ];
  const telegramAgreements = await removeRows(tx, "telegram_agreements", sql`chat_id in ${telegramIdsIn(person)}`);
  const bulkMessages = await removeRows(tx, "telegram_bulk_recipients", sql`chat_id in ${telegramIdsIn(person)}`);
  await leaveAddressBooks(tx, person);
  return {
    counts: { telegramAccounts: stores.length, telegramFiles: files.length, telegramAgreements, bulkMessages },
    remaining: stores.length > 0 ? ["What was said in Telegram stays there"] : [],
    cut: await leaveSharedAccounts(tx, person),
    forget: sessions.flatMap(({ id }) => [chatsTopic.name(id), bulkTopic.name(id)]),
    async committed() {
      await removeFiles(ctx, files);
      for (const row of sessions) logOutBehind(ctx, row);
      ctx.bus.publishLatest(accountsTopic.name("changed"), null);
    },
  };
}

/** In address books of others no words are left; that they were taken over stays, lest they come back. */
async function leaveAddressBooks(tx: Transaction, person: PersonReferences): Promise<void> {
  await tx.execute(sql`
    update telegram_address_book set change = null, first_name = null, last_name = null where user_id in ${telegramIdsIn(person)}`);
  await tx.execute(sql`
    update telegram_address_book set requested_by = 'erased' where requested_by in ${textsIn(authorsOf(person))}`);
}

/** Takes the person's ids out of what they did in accounts of others. @returns the logs that tell of it */
async function leaveSharedAccounts(tx: Transaction, person: PersonReferences): Promise<string[]> {
  const { identities, personIds } = person;
  const ids = textsIn(identities.map(({ externalId }) => externalId));
  const sent = rowsOf<{ id: string }>(
    await tx.execute(
      sql`update telegram_sends set sent_by = 'erased' where sent_by in ${ids} returning store_id as id`,
    ),
  );
  await tx.execute(sql`delete from telegram_drafts where author in ${textsIn(authorsOf(person))}`);
  await tx.execute(sql`delete from telegram_shares where person_id in ${uuidsIn(personIds)}`);
  await tx.execute(sql`update telegram_crm_associations set created_by = 'erased' where created_by in ${ids}`);
  await tx.execute(sql`
    update telegram_agreements set recorded_by = 'erased', recorded_by_name = null where recorded_by in ${textsIn(personIds)}`);
  await forgetAuthors(tx, personIds);
  const told = rowsOf<{ id: string }>(
    await tx.execute(sql`
      select id from telegram_sessions where store_id in ${uuidsIn([...new Set(sent.map(({ id }) => id))])}`),
  );
  return told.map(({ id }) => chatsTopic.name(id));
}
