import type { Transaction } from "@pult/db/database.ts";
import { telegramSessions } from "@pult/db/schema/chats.ts";
import { and, asc, eq, inArray, isNotNull, or, type SQL, sql } from "drizzle-orm";
import { recordAudit } from "../../auth/audit.ts";
import type { Context } from "../../context.ts";
import { requireAccount, requireOwner, type SessionRow, type Viewer, viewerOf, visibleTo } from "../access.ts";
import { chatsError } from "../errors.ts";
import type { OneAccountInput, PageInput, ReceiptsInput } from "../inputs.ts";
import { type Place, pageOf, parsePlace } from "../paging.ts";
import type { Page, Session } from "../schema.ts";
import { publishChanges, storeChanges } from "./announce.ts";
import { LINK_TIMES } from "./links.ts";
import { presentSession } from "./present.ts";

/** Links that are still to be finished, and everything that was linked. */
const isThere = (now: Date): SQL | undefined =>
  or(
    isNotNull(telegramSessions.storeId),
    sql`updated_at >= ${new Date(now.getTime() - LINK_TIMES.unfinishedMs).toISOString()}::timestamptz`,
  );

const after = (place: Place | null): SQL | undefined =>
  place === null ? undefined : sql`(created_at, id) > (${place.at.toISOString()}::timestamptz, ${place.id}::uuid)`;

/** Accounts that the caller sees, their own and those of which chats are shared with them, oldest first. @throws DomainError `UNAUTHORIZED`, `VALIDATION` */
export async function listSessions(ctx: Context, { limit, offsetId }: PageInput): Promise<Page<Session>> {
  const viewer = viewerOf(ctx);
  const visible = and(visibleTo(viewer), isThere(ctx.now()));
  const rows = await ctx.db
    .select()
    .from(telegramSessions)
    .where(and(visible, after(parsePlace(offsetId))))
    .orderBy(asc(telegramSessions.createdAt), asc(telegramSessions.id))
    .limit(limit + 1);
  const sessions = await Promise.all(rows.map((row) => presentTo(ctx, viewer, row)));
  return pageOf(sessions, {
    limit,
    totalCount: await ctx.db.$count(telegramSessions, visible),
    present: (session) => session,
    place: ({ createdAt, id }) => ({ at: new Date(createdAt), id }),
  });
}

/** @throws DomainError `UNAUTHORIZED`, `NOT_FOUND` */
export async function getSession(ctx: Context, { accountId }: OneAccountInput): Promise<Session> {
  const viewer = viewerOf(ctx);
  const [row] = await ctx.db
    .select()
    .from(telegramSessions)
    .where(and(eq(telegramSessions.id, accountId), visibleTo(viewer), isThere(ctx.now())));
  if (!row) throw chatsError("accountNotFound");
  return presentTo(ctx, viewer, row);
}

/** An account that is shared with the caller is never their default. */
async function presentTo(ctx: Context, { owner }: Viewer, row: SessionRow): Promise<Session> {
  const session = await presentSession(ctx, row);
  return owner === null || owner === row.owner ? session : { ...session, isDefault: false };
}

interface Change {
  /** Own accounts whose rows are locked, by id. */
  rows: SessionRow[];
  row: SessionRow;
}

/** Changes one of the caller's own accounts. @throws DomainError as `requireAccount`, `FORBIDDEN` for one that is shared with them */
export async function changeAccount(
  ctx: Context,
  { accountId }: OneAccountInput,
  change: (tx: Transaction, locked: Change) => Promise<SessionRow[]>,
): Promise<Session> {
  const account = await requireAccount(ctx, accountId);
  requireOwner(account);
  const changes = await ctx.db.transaction(async (tx) => {
    const rows = await tx
      .select()
      .from(telegramSessions)
      .where(eq(telegramSessions.owner, account.row.owner))
      .orderBy(asc(telegramSessions.id))
      .for("update");
    const row = rows.find(({ id }) => id === account.id);
    if (!row) throw chatsError("accountNotFound");
    const changed = await change(tx, { rows, row });
    return storeChanges(tx, ctx, { changed });
  });
  publishChanges(ctx, changes);
  return getSession(ctx, { accountId });
}

export const updateSessions = (
  tx: Transaction,
  ids: readonly string[],
  values: Partial<SessionRow>,
): Promise<SessionRow[]> =>
  tx
    .update(telegramSessions)
    .set(values)
    .where(inArray(telegramSessions.id, [...ids]))
    .returning();

/** @throws DomainError as `changeAccount` */
export const setDefaultAccount = (ctx: Context, { accountId }: OneAccountInput): Promise<Session> =>
  changeAccount(ctx, { accountId }, async (tx, { rows, row }) => {
    if (row.isDefault) return [];
    const former = rows.filter(({ isDefault }) => isDefault).map(({ id }) => id);
    const now = { updatedAt: ctx.now() };
    const lost = former.length > 0 ? await updateSessions(tx, former, { isDefault: false, ...now }) : [];
    return [...lost, ...(await updateSessions(tx, [row.id], { isDefault: true, ...now }))];
  });

/** Whether the other side sees that the account read. @throws DomainError as `changeAccount` */
export const setReceipts = (ctx: Context, { accountId, sendReceipts }: ReceiptsInput): Promise<Session> =>
  changeAccount(ctx, { accountId }, (tx, { row }) =>
    updateSessions(tx, [row.id], { sendsReceipts: sendReceipts, updatedAt: ctx.now() }),
  );

/** Lets an account send again that Telegram has told off. @throws DomainError as `changeAccount` */
export const resumeSending = (ctx: Context, { accountId }: OneAccountInput): Promise<Session> =>
  changeAccount(ctx, { accountId }, async (tx, { row }) => {
    if (row.stoppedBy === null) return [];
    await recordAudit(tx, ctx, {
      action: "telegram.sendingResumed",
      target: { kind: "telegramAccount", id: row.id },
      details: { stoppedBy: row.stoppedBy },
    });
    return updateSessions(tx, [row.id], { stoppedBy: null, updatedAt: ctx.now() });
  });
