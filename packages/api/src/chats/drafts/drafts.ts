import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { type Account, chatsOf, findAccount, requireAccess, viewerOf } from "../access.ts";
import { draftsTopic } from "../events.ts";
import type { DraftsInput, SaveDraftInput } from "../inputs.ts";
import type { Draft } from "../schema.ts";
import { openChat, requireChat } from "../store/chats.ts";
import { isoOf } from "../store/present.ts";

/** How long an emptied draft is kept for its revision. */
const EMPTY_DAYS = 7;

const UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";
const COLUMNS = sql`d.chat_id::text as "chatId", d.author as "authorId", p.name as "authorName", d.text, d.revision,
  ${isoOf(sql`d.updated_at`)} as "updatedAt"`;

const selectDrafts = async (db: Context["db"] | Transaction, { id, storeId }: Account, where: SQL): Promise<Draft[]> =>
  rowsOf<Omit<Draft, "accountId">>(
    await db.execute(sql`
      select ${COLUMNS} from telegram_drafts d left join people p on p.id = (case when d.author ~ ${UUID} then d.author end)::uuid
      where d.store_id = ${storeId} and ${where} order by d.updated_at desc limit 500`),
  ).map((row) => ({ accountId: id, ...row }));

/**
 * Drafts of the team in a chat, or the caller's own in all chats of the account; the newest first.
 * @throws DomainError as `findAccount`, `NOT_FOUND` or `FORBIDDEN` for a chat whose messages the caller does not see
 */
export async function listDrafts(ctx: Context, input: DraftsInput): Promise<{ items: Draft[] }> {
  const account = await findAccount(ctx, input.accountId);
  if (!account) return { items: [] };
  if (input.chatId === undefined) {
    const chats = chatsOf(ctx, account, "read", sql`d.chat_id`);
    return { items: await selectDrafts(ctx.db, account, sql`d.author = ${viewerOf(ctx).userId} and ${chats}`) };
  }
  const { chatId } = await requireChat(ctx, account, input.chatId);
  requireAccess(ctx, account, chatId, "read");
  return { items: await selectDrafts(ctx.db, account, sql`d.chat_id = ${chatId} and d.text <> ''`) };
}

/**
 * Stores what the caller is writing. A revision that is not the newest changes nothing: they wrote from another page meanwhile.
 * @returns the stored draft, and whether it is what was given
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN`
 */
export async function saveDraft(ctx: Context, input: SaveDraftInput): Promise<{ isSaved: boolean; draft: Draft }> {
  const { account, chatId } = await openChat(ctx, input, { mustWork: false });
  requireAccess(ctx, account, chatId, "write");
  const { userId: author } = viewerOf(ctx);
  const { text, revision } = input;
  const now = sql`${ctx.now().toISOString()}::timestamptz`;
  const written = rowsOf(
    await ctx.db.execute(
      revision === 0
        ? sql`insert into telegram_drafts (store_id, chat_id, author, text, revision, updated_at)
            values (${account.storeId}, ${chatId}, ${author}, ${text}, 1, ${now}) on conflict do nothing returning 1`
        : sql`update telegram_drafts set text = ${text}, revision = revision + 1, updated_at = ${now}
            where store_id = ${account.storeId} and chat_id = ${chatId} and author = ${author} and revision = ${revision} returning 1`,
    ),
  );
  const [draft] = await selectDrafts(ctx.db, account, sql`d.chat_id = ${chatId} and d.author = ${author}`);
  if (!draft) return { isSaved: false, draft: emptyDraft(ctx, account, { chatId: input.chatId, author }) };
  if (written.length > 0) ctx.bus.publishLatest(draftsTopic.name(account.id), draft);
  // A repeat of a call whose answer was lost finds its own text.
  return { isSaved: written.length > 0 || draft.text === text, draft };
}

/** Where it was removed meanwhile: the next save begins anew. */
const emptyDraft = (
  { now }: Context,
  { id: accountId }: Account,
  { chatId, author: authorId }: { chatId: string; author: string },
): Draft => ({
  ...{ accountId, chatId, authorId, authorName: null, text: "", revision: 0 },
  updatedAt: now().toISOString(),
});

/** Empties the caller's draft when it is what was sent; to be published after the commit. */
export async function endDraft(
  tx: Transaction,
  ctx: Context,
  account: Account,
  { chatId, text }: { chatId: number; text: string },
): Promise<Draft[]> {
  const { userId: author } = viewerOf(ctx);
  const ended = rowsOf(
    await tx.execute(sql`
      update telegram_drafts set text = '', revision = revision + 1, updated_at = ${ctx.now().toISOString()}::timestamptz
      where store_id = ${account.storeId} and chat_id = ${chatId} and author = ${author} and btrim(text, E' \n\t\r') = ${text.trim()}
        and text <> '' returning 1`),
  );
  return ended.length === 0 ? [] : selectDrafts(tx, account, sql`d.chat_id = ${chatId} and d.author = ${author}`);
}

export async function sweepDrafts({ db, now }: Pick<Context, "db" | "now">): Promise<void> {
  const before = new Date(now().getTime() - EMPTY_DAYS * 24 * 60 * 60_000);
  await db.execute(
    sql`delete from telegram_drafts where text = '' and updated_at < ${before.toISOString()}::timestamptz`,
  );
}
