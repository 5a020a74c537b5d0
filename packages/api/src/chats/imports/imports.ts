import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { telegramFiles, telegramSessions } from "@pult/db/schema/chats.ts";
import { telegramImports } from "@pult/db/schema/telegram-imports.ts";
import { and, asc, desc, eq, inArray, sql } from "drizzle-orm";
import { recordAudit } from "../../auth/audit.ts";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import type { LatestView } from "../../realtime/view.ts";
import { INSTALLATION, viewerOf } from "../access.ts";
import { publishChanges, storeChanges } from "../accounts/announce.ts";
import { findStore } from "../accounts/authorize.ts";
import { purgeStores, removeFiles } from "../accounts/unlink.ts";
import { chatsError } from "../errors.ts";
import { importTopic, importWorkTopic } from "../events.ts";
import { uploaderOf } from "../sends/media.ts";
import type { ApplyImportInput, CreateImportInput, ImportInput, ImportReport, TelegramImport } from "./schema.ts";

export type ImportRow = typeof telegramImports.$inferSelect;

/** What a link that was never made is expired by. */
const IMPORTED = "IMPORTED";

export async function presentImport(db: Database | Transaction, row: ImportRow): Promise<TelegramImport> {
  const { id, fileName, status, report, storeId, progress, failure, createdAt, finishedAt } = row;
  const [session] =
    storeId === null
      ? []
      : await db
          .select({ id: telegramSessions.id })
          .from(telegramSessions)
          .where(eq(telegramSessions.storeId, storeId));
  return {
    id,
    fileName,
    status: status as TelegramImport["status"],
    report: report as ImportReport | null,
    accountId: session?.id ?? null,
    progress,
    failure: failure as TelegramImport["failure"],
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

const ownerOf = (ctx: Context): string => viewerOf(ctx).owner ?? INSTALLATION;
const isOwn = (ctx: Context) => eq(telegramImports.owner, ownerOf(ctx));

async function selectImport(ctx: Context, tx: Database | Transaction, id: string): Promise<ImportRow> {
  const found = tx
    .select()
    .from(telegramImports)
    .where(and(eq(telegramImports.id, id), isOwn(ctx)));
  const [row] = await found;
  if (!row) throw chatsError("importNotFound");
  return row;
}

/** Tells those who look at it, and wakes the nodes when there is something to do. */
export async function publishImport(ctx: Context, row: ImportRow): Promise<TelegramImport> {
  const shown = await presentImport(ctx.db, row);
  ctx.bus.publishLatest(importTopic.name(row.id), shown);
  if (row.status === "checking" || row.status === "importing")
    ctx.bus.publishLatest(importWorkTopic.name("changed"), null);
  return shown;
}

/**
 * Begins an import of an uploaded `result.json`: the file is checked, and nothing is imported before `applyImport`.
 * @throws DomainError `NOT_FOUND` for a file that is no upload of the caller's
 */
export async function createImport(ctx: Context, { fileId }: CreateImportInput): Promise<TelegramImport> {
  const row = await ctx.db.transaction(async (tx) => {
    const [file] = await tx
      .delete(telegramFiles)
      .where(and(eq(telegramFiles.id, fileId), eq(telegramFiles.owner, uploaderOf(ctx)), sql`file_key is not null`))
      .returning();
    if (!file) throw chatsError("mediaNotFound");
    const [added] = await tx
      .insert(telegramImports)
      .values({
        owner: ownerOf(ctx),
        fileName: file.fileName,
        fileKey: file.fileKey,
        status: "checking",
        createdBy: viewerOf(ctx).userId,
        createdAt: ctx.now(),
      })
      .returning();
    if (!added) throw new Error("The import was not written");
    return added;
  });
  return publishImport(ctx, row);
}

/** The caller's own, newest first. */
export async function listImports(ctx: Context): Promise<TelegramImport[]> {
  const rows = await ctx.db
    .select()
    .from(telegramImports)
    .where(isOwn(ctx))
    .orderBy(desc(telegramImports.createdAt))
    .limit(50);
  return Promise.all(rows.map((row) => presentImport(ctx.db, row)));
}

/** @throws DomainError `NOT_FOUND` */
export const getImport = async (ctx: Context, { id }: ImportInput): Promise<TelegramImport> =>
  presentImport(ctx.db, await selectImport(ctx, ctx.db, id));

/** How far an import is. @throws DomainError `NOT_FOUND` */
export async function followImport(ctx: Context, { id }: ImportInput): Promise<LatestView<TelegramImport>> {
  const { owner } = await selectImport(ctx, ctx.db, id);
  const topic = importTopic.name(id);
  return {
    kind: "latest",
    topic,
    reader: null,
    mayRead: (actor) => actor.kind !== "anonymous" && (viewerOf({ ...ctx, actor }).owner ?? INSTALLATION) === owner,
    subscribe: (listener) => ctx.bus.subscribeLatest(topic, (value) => listener(value as TelegramImport)),
    read: () => getImport(ctx, { id }),
  };
}

/**
 * Imports what was checked, into the account whose export it is; one that was never linked appears as one that has to be linked. Again, it
 * does nothing.
 * @throws DomainError `NOT_FOUND`, `CONFLICT` while it is checked or after it was undone, `VALIDATION` where it is not known whose export it is
 */
export async function applyImport(ctx: Context, { id, selfId }: ApplyImportInput): Promise<TelegramImport> {
  const { row, changes } = await ctx.db.transaction(async (tx) => {
    const { owner } = await selectImport(ctx, tx, id);
    const sessions = await lockSessions(tx, owner);
    const [locked] = await tx.select().from(telegramImports).where(eq(telegramImports.id, id)).for("update");
    if (locked?.status === "importing" || locked?.status === "done") return { row: locked, changes: null };
    if (locked?.status !== "checked") throw chatsError("wrongImportStep", { status: locked?.status ?? "undone" });
    const self = selfOf(locked.report as ImportReport, selfId);
    const storeId = await findStore(tx, ctx, { owner, userId: self.id });
    await nameSelf(tx, ctx, { storeId, self });
    const isThere = sessions.some((session) => session.storeId === storeId);
    const changed = isThere ? [] : await addSession(tx, ctx, { owner, storeId });
    const [row] = await tx
      .update(telegramImports)
      .set({ status: "importing", storeId, selfId: self.id, progress: 0 })
      .where(eq(telegramImports.id, id))
      .returning();
    if (!row) throw chatsError("importNotFound");
    const { messages, chatCount: chats } = row.report as ImportReport;
    await recordAudit(tx, ctx, {
      action: "telegram.exportImported",
      target: { kind: "telegramImport", id },
      details: { messages, chats },
    });
    return { row, changes: await storeChanges(tx, ctx, { changed }) };
  });
  if (changes) publishChanges(ctx, changes);
  return publishImport(ctx, row);
}

/** All sessions of an owner, so that none is linked or unlinked meanwhile. */
const lockSessions = (tx: Transaction, owner: string) =>
  tx
    .select()
    .from(telegramSessions)
    .where(eq(telegramSessions.owner, owner))
    .orderBy(asc(telegramSessions.id))
    .for("update");

interface Self {
  id: number;
  name: string;
}

function selfOf({ self, senders }: ImportReport, chosen: string | undefined): Self {
  const known = self ?? senders.find(({ id }) => id === chosen);
  if (known) return { id: Number(known.id), name: known.name };
  const message = "Name one of the senders";
  throw requestError("invalidField", { field: "selfId" }, { message, details: { selfId: message } });
}

const nameSelf = (tx: Transaction, ctx: Context, { storeId, self }: { storeId: string; self: Self }) =>
  tx.execute(sql`
    insert into telegram_chats (id, store_id, chat_id, type, title, first_name, is_self, created_at, updated_at)
    values (${`${storeId}/${self.id}`}, ${storeId}, ${self.id}, 'private', ${self.name}, ${self.name}, true, ${ctx.now().toISOString()}::timestamptz,
      ${ctx.now().toISOString()}::timestamptz)
    on conflict (store_id, chat_id) do nothing`);

const addSession = (tx: Transaction, { now }: Context, of: { owner: string; storeId: string }) =>
  tx
    .insert(telegramSessions)
    .values({
      ...of,
      ...{ status: "EXPIRED", expiredBy: IMPORTED, connection: "offline", createdAt: now(), updatedAt: now() },
    })
    .returning();

/**
 * Takes an import back: messages that Telegram itself has brought meanwhile stay. Before it was applied, it is dropped. Again, it does nothing.
 * @throws DomainError `NOT_FOUND`, `CONFLICT` while it is under way
 */
export async function undoImport(ctx: Context, { id }: ImportInput): Promise<TelegramImport> {
  const { row, changes, files } = await ctx.db.transaction(async (tx) => {
    const { owner } = await selectImport(ctx, tx, id);
    await lockSessions(tx, owner);
    const [locked] = await tx.select().from(telegramImports).where(eq(telegramImports.id, id)).for("update");
    if (!locked || locked.status === "importing") throw chatsError("wrongImportStep", { status: "importing" });
    const { storeId, fileKey } = locked;
    const removed = storeId === null ? NOTHING_REMOVED : await removeImported(tx, { id, storeId });
    const [row] = await tx
      .update(telegramImports)
      .set({ status: "undone", fileKey: null, finishedAt: locked.finishedAt ?? ctx.now() })
      .where(eq(telegramImports.id, id))
      .returning();
    if (!row) throw chatsError("importNotFound");
    const changes = await storeChanges(tx, ctx, { gone: removed.sessions });
    return { row, changes, files: [...removed.files, ...(fileKey === null ? [] : [fileKey])] };
  });
  publishChanges(ctx, changes);
  await removeFiles(ctx, files);
  return publishImport(ctx, row);
}

const NOTHING_REMOVED = { sessions: [] as string[], files: [] as string[] };

/** @returns accounts that were there for the import alone, and keys of files to remove */
async function removeImported(tx: Transaction, { id, storeId }: { id: string; storeId: string }) {
  const gone = rowsOf<{ chatId: number }>(
    await tx.execute(sql`
      with gone as (delete from telegram_history where import_id = ${id} returning chat_id)
      select distinct chat_id as "chatId" from gone`),
  );
  const chats = sql`(select x::bigint from jsonb_array_elements_text(${JSON.stringify(gone.map(({ chatId }) => Number(chatId)))}::jsonb) x)`;
  await tx.execute(sql`
    delete from telegram_chats c where c.store_id = ${storeId} and c.access_hash is null and c.photo_id is null and not c.is_self
      and not exists (select 1 from telegram_history m where m.store_id = c.store_id and (m.chat_id = c.chat_id or m.sender_id = c.chat_id))
      and not exists (select 1 from telegram_crm_associations a where a.store_id = c.store_id and a.chat_id = c.chat_id)
      and not exists (select 1 from telegram_sends s where s.store_id = c.store_id and s.chat_id = c.chat_id)`);
  await tx.execute(sql`
    update telegram_chats c set has_dialog = c.has_dialog and newest.id is not null, top_message_id = newest.id, top_message_at = newest.date
    from telegram_chats own left join lateral (
      select m.id, m.date from telegram_history m where m.store_id = own.store_id and m.chat_id = own.chat_id order by m.id desc limit 1
    ) newest on true
    where own.store_id = ${storeId} and own.chat_id in ${chats} and c.id = own.id and c.top_message_id is distinct from newest.id`);
  const [session] = await tx
    .select()
    .from(telegramSessions)
    .where(and(eq(telegramSessions.storeId, storeId), eq(telegramSessions.expiredBy, IMPORTED)));
  const [left] = rowsOf(
    await tx.execute(sql`
      select 1 from telegram_history where store_id = ${storeId}
      union all select 1 from telegram_crm_associations where store_id = ${storeId}
      union all select 1 from telegram_imports where store_id = ${storeId} and id <> ${id} and status in ('importing', 'done') limit 1`),
  );
  if (!session || left) return NOTHING_REMOVED;
  await tx.delete(telegramSessions).where(inArray(telegramSessions.id, [session.id]));
  return { sessions: [session.id], files: await purgeStores(tx, [storeId]) };
}
