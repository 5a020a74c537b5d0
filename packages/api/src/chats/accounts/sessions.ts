import type { Transaction } from "@pult/db/database.ts";
import { customRoles } from "@pult/db/schema/auth.ts";
import { telegramSessions, telegramShares } from "@pult/db/schema/chats.ts";
import { and, asc, eq, inArray, isNotNull, or, type SQL, sql } from "drizzle-orm";
import { recordAudit } from "../../auth/audit.ts";
import { ROLES } from "../../auth/schema.ts";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import { requireAccount, requireOwner, type SessionRow, type Viewer, viewerOf, visibleTo } from "../access.ts";
import { chatsError } from "../errors.ts";
import type { OneAccountInput, PageInput, ReceiptsInput, ShareInput } from "../inputs.ts";
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

/** Accounts that the caller sees, their own and those shared with their role, oldest first. @throws DomainError `UNAUTHORIZED`, `VALIDATION` */
export async function listSessions(ctx: Context, { limit, offsetId }: PageInput): Promise<Page<Session>> {
  const viewer = viewerOf(ctx.actor);
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
  const viewer = viewerOf(ctx.actor);
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
async function changeAccount(
  ctx: Context,
  { accountId, endsReaders = false }: { accountId: string; endsReaders?: boolean },
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
    return storeChanges(tx, ctx, { changed, cut: endsReaders ? [row.id] : [] });
  });
  publishChanges(ctx, changes);
  return getSession(ctx, { accountId });
}

const update = (tx: Transaction, ids: readonly string[], values: Partial<SessionRow>): Promise<SessionRow[]> =>
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
    const lost = former.length > 0 ? await update(tx, former, { isDefault: false, ...now }) : [];
    return [...lost, ...(await update(tx, [row.id], { isDefault: true, ...now }))];
  });

/** Whether the other side sees that the account read. @throws DomainError as `changeAccount` */
export const setReceipts = (ctx: Context, { accountId, sendReceipts }: ReceiptsInput): Promise<Session> =>
  changeAccount(ctx, { accountId }, (tx, { row }) =>
    update(tx, [row.id], { sendsReceipts: sendReceipts, updatedAt: ctx.now() }),
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
    return update(tx, [row.id], { stoppedBy: null, updatedAt: ctx.now() });
  });

/** Shares an account with everybody of a role, or ends that. @throws DomainError as `changeAccount`, `VALIDATION` for a role that is none */
export async function shareAccount(ctx: Context, { accountId, role, access }: ShareInput): Promise<Session> {
  if (access !== null) await requireRole(ctx, role);
  // Who may no longer read is found out when readers of the log have to begin again.
  return changeAccount(ctx, { accountId, endsReaders: access === null }, async (tx, { row }) => {
    const share = { sessionId: row.id, role };
    if (access === null)
      await tx.delete(telegramShares).where(and(eq(telegramShares.sessionId, row.id), eq(telegramShares.role, role)));
    else
      await tx
        .insert(telegramShares)
        .values({ ...share, access, createdBy: viewerOf(ctx.actor).userId, createdAt: ctx.now() })
        .onConflictDoUpdate({ target: [telegramShares.sessionId, telegramShares.role], set: { access } });
    await recordAudit(tx, ctx, {
      action: "telegram.accountShared",
      target: { kind: "telegramAccount", id: row.id },
      details: { role, access },
    });
    return update(tx, [row.id], { updatedAt: ctx.now() });
  });
}

async function requireRole({ db }: Context, role: string): Promise<void> {
  if (ROLES.some((one) => one === role)) return;
  if ((await db.$count(customRoles, eq(customRoles.name, role))) > 0) return;
  const message = "No such role";
  throw requestError("invalidField", { field: "role" }, { message: `role: ${message}`, details: { role: message } });
}

/** Roles that an account is shared with. @throws DomainError as `requireAccount`, `FORBIDDEN` for one that is shared with the caller */
export async function listShares(ctx: Context, { accountId }: OneAccountInput): Promise<{ items: Share[] }> {
  requireOwner(await requireAccount(ctx, accountId));
  const rows = await ctx.db
    .select({ role: telegramShares.role, access: telegramShares.access })
    .from(telegramShares)
    .where(eq(telegramShares.sessionId, accountId))
    .orderBy(asc(telegramShares.role));
  return { items: rows as Share[] };
}

interface Share {
  role: string;
  access: "read" | "write";
}
