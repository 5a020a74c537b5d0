import { telegramAssociations, telegramSessions } from "@pult/db/schema/chats.ts";
import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import { isStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { findTitles } from "../../crm/records/lookup.ts";
import { type Account, chatsOf, requireAccess, requireAccount, seesChat, viewerOf, visibleTo } from "../access.ts";
import { chatsError } from "../errors.ts";
import type { AssociateInput, DissociateInput, ListAssociationsInput, RemoveAssociationInput } from "../inputs.ts";
import { pageOf, parsePlace } from "../paging.ts";
import type { Association, Page } from "../schema.ts";
import { publishChat, requireChat } from "../store/chats.ts";

type Row = typeof telegramAssociations.$inferSelect;

const present = (accountId: string, row: Row, entity: Association["entity"]): Association => ({
  id: row.id,
  chatId: String(row.chatId),
  accountId,
  crmEntityType: row.entityType,
  crmEntityId: row.entityId,
  createdBy: row.createdBy,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
  entity,
});

/** What the caller is told of the records that associations are with. */
const titlesFor = (ctx: Context, rows: readonly Row[]) =>
  findTitles(
    ctx.db,
    isStaff(ctx.actor, "chats:read")
      ? rows.map(({ entityType, entityId }) => ({ crmEntityType: entityType, crmEntityId: entityId }))
      : [],
  );

async function show(ctx: Context, accountId: string, row: Row): Promise<Association> {
  const titleOf = await titlesFor(ctx, [row]);
  return present(accountId, row, titleOf({ crmEntityType: row.entityType, crmEntityId: row.entityId }));
}

/**
 * Associations of a chat, or those of a record in the accounts that the caller sees; oldest first. They go on while the account is expired.
 * @throws DomainError as `requireAccount`, `NOT_FOUND` for a chat that the account does not know, `VALIDATION`
 */
export async function listAssociations(ctx: Context, input: ListAssociationsInput): Promise<Page<Association>> {
  const place = parsePlace(input.offsetId);
  const where = and(await scopeOf(ctx, input), entityOf(input));
  const from = ctx.db
    .select({ row: telegramAssociations, accountId: telegramSessions.id })
    .from(telegramAssociations)
    .innerJoin(telegramSessions, eq(telegramSessions.storeId, telegramAssociations.storeId));
  const { createdAt, id } = telegramAssociations;
  const after = place && sql`(${createdAt}, ${id}) > (${place.at.toISOString()}::timestamptz, ${place.id}::uuid)`;
  const rows = await from
    .where(and(where, after ?? undefined))
    .orderBy(asc(createdAt), asc(id))
    .limit(input.limit + 1);
  const titleOf = await titlesFor(
    ctx,
    rows.map(({ row }) => row),
  );
  return pageOf(rows, {
    limit: input.limit,
    totalCount: await countAll(ctx, where),
    present: ({ accountId, row }) =>
      present(accountId, row, titleOf({ crmEntityType: row.entityType, crmEntityId: row.entityId })),
    place: ({ row }) => ({ at: row.createdAt, id: row.id }),
  });
}

async function countAll({ db }: Context, where: SQL | undefined): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(telegramAssociations)
    .innerJoin(telegramSessions, eq(telegramSessions.storeId, telegramAssociations.storeId))
    .where(where);
  return row?.count ?? 0;
}

/** Of chats that the caller sees, in whatever account. */
function seenBy(ctx: Context): SQL | undefined {
  const viewer = viewerOf(ctx);
  const { storeId, chatId } = telegramAssociations;
  return and(visibleTo(viewer), seesChat(viewer, { store: sql`${storeId}`, chat: sql`${chatId}` }, "metadata"));
}

/** Which chats are asked about: one, all of an account, or all that the caller sees. */
async function scopeOf(ctx: Context, { accountId, chatId }: ListAssociationsInput): Promise<SQL | undefined> {
  if (chatId === undefined && accountId === undefined) return seenBy(ctx);
  const account = await requireAccount(ctx, accountId);
  const chats = chatsOf(ctx, account, "metadata", sql`${telegramAssociations.chatId}`);
  const ofAccount = and(eq(telegramSessions.id, account.id), chats);
  if (chatId === undefined) return ofAccount;
  return and(ofAccount, eq(telegramAssociations.chatId, await chatIdOf(ctx, account, chatId)));
}

const entityOf = ({ crmEntityType: type, crmEntityId: id }: ListAssociationsInput): SQL | undefined =>
  and(
    type === undefined ? undefined : eq(telegramAssociations.entityType, type),
    id === undefined ? undefined : eq(telegramAssociations.entityId, id),
  );

/** @throws DomainError `NOT_FOUND` */
const chatIdOf = async (ctx: Context, account: Account, chatId: string): Promise<number> =>
  (await requireChat(ctx, account, chatId)).chatId;

const keyOf = (storeId: string, chatId: number, input: Pick<AssociateInput, "crmEntityType" | "crmEntityId">) =>
  and(
    eq(telegramAssociations.storeId, storeId),
    eq(telegramAssociations.chatId, chatId),
    eq(telegramAssociations.entityType, input.crmEntityType),
    eq(telegramAssociations.entityId, input.crmEntityId),
  );

/**
 * Ties a chat to a record, once.
 * @returns whether it is new
 * @throws DomainError as `requireAccount` and `requireAccess`, `NOT_FOUND` for a chat that the account does not know
 */
export async function addAssociation(
  ctx: Context,
  input: AssociateInput,
): Promise<{ association: Association; isNew: boolean }> {
  const account = await requireAccount(ctx, input.accountId);
  const { id: accountId, storeId } = account;
  const chatId = await chatIdOf(ctx, account, input.chatId);
  requireAccess(ctx, account, chatId, "write");
  const [added] = await ctx.db
    .insert(telegramAssociations)
    .values({
      storeId,
      chatId,
      entityType: input.crmEntityType,
      entityId: input.crmEntityId,
      createdBy: viewerOf(ctx).userId,
      createdAt: ctx.now(),
      updatedAt: ctx.now(),
    })
    .onConflictDoNothing()
    .returning();
  if (added) {
    await publishChat(ctx, account, chatId);
    return { association: await show(ctx, accountId, added), isNew: true };
  }
  const [row] = await ctx.db
    .select()
    .from(telegramAssociations)
    .where(keyOf(storeId, chatId, input));
  // Removed between the two.
  if (!row) throw chatsError("associationNotFound");
  return { association: await show(ctx, accountId, row), isNew: false };
}

/** @throws DomainError as `requireAccount` and `requireAccess`, `NOT_FOUND` when there is none of this id, or in this chat */
export async function removeAssociation(ctx: Context, input: DissociateInput): Promise<void> {
  const account = await requireAccount(ctx, input.accountId);
  const chatId = await chatIdOf(ctx, account, input.chatId);
  requireAccess(ctx, account, chatId, "write");
  const which =
    "id" in input
      ? and(
          eq(telegramAssociations.storeId, account.storeId),
          eq(telegramAssociations.chatId, chatId),
          eq(telegramAssociations.id, input.id),
        )
      : keyOf(account.storeId, chatId, input);
  const removed = await ctx.db.delete(telegramAssociations).where(which).returning({ id: telegramAssociations.id });
  if (removed.length === 0) throw chatsError("associationNotFound");
  await publishChat(ctx, account, chatId);
}

/** The same by its id alone. @throws DomainError `NOT_FOUND`, and as `requireAccess` */
export async function removeAssociationById(ctx: Context, { id }: RemoveAssociationInput): Promise<void> {
  const [found] = await ctx.db
    .select({ accountId: telegramSessions.id, chatId: telegramAssociations.chatId })
    .from(telegramAssociations)
    .innerJoin(telegramSessions, eq(telegramSessions.storeId, telegramAssociations.storeId))
    .where(and(eq(telegramAssociations.id, id), seenBy(ctx)));
  if (!found) throw chatsError("associationNotFound");
  await removeAssociation(ctx, { accountId: found.accountId, chatId: String(found.chatId), id });
}
