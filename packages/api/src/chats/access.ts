import type { Database, Transaction } from "@pult/db/database.ts";
import { telegramSessions, telegramShares } from "@pult/db/schema/chats.ts";
import { and, asc, eq, inArray, isNotNull, or, type SQL, sql } from "drizzle-orm";
import { type Actor, identityOf, isUnproven } from "../actor.ts";
import { holdsScope } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { requestError } from "../errors.ts";
import { chatsError } from "./errors.ts";

export type SessionRow = typeof telegramSessions.$inferSelect;

/** Who owns what a key links without naming a user. */
export const INSTALLATION = "installation";

/** As whom a caller sees accounts. */
export interface Viewer {
  /** Owner of their accounts; null sees every account. */
  owner: string | null;
  /** What accounts may be shared with. */
  roles: readonly string[];
  /** As events and rows name them: the user's id, `key:<id>` of a key. */
  userId: string;
}

/** @throws DomainError `UNAUTHORIZED` for callers without a proof of who they are */
export function viewerOf(actor: Actor): Viewer {
  const owner = identityOf(actor);
  switch (actor.kind) {
    case "agent":
      return { owner, roles: [actor.role, actor.roleName], userId: actor.personId };
    case "customer": {
      if (isUnproven(actor) || !actor.proof) throw requestError("unauthorized");
      const roles = actor.proof.kind === "session" ? [actor.proof.role] : [];
      return { owner, roles, userId: actor.externalId };
    }
    case "apiKey":
      return { owner: null, roles: [], userId: `key:${actor.keyId}` };
    case "system":
      return { owner: null, roles: [], userId: "pult" };
    case "anonymous":
      throw requestError("signInRequired");
  }
}

/** An account that a caller sees. */
export interface Account {
  /** Of its session: what the protocol calls `accountId`. */
  id: string;
  storeId: string;
  row: SessionRow;
  /** Whether it is the caller's own. */
  isOwn: boolean;
  mayWrite: boolean;
}

/** Linked at some time: unfinished links count as none. While it is linked again it does not work, as one that is expired. */
export type Linked = SessionRow & { storeId: string };
const isLinked = (row: SessionRow): row is Linked => row.storeId !== null;

const sharedWith = (roles: readonly string[]): SQL =>
  sql`exists (select 1 from ${telegramShares} where ${telegramShares.sessionId} = ${telegramSessions.id} and ${inArray(telegramShares.role, [...roles])})`;

/** Sessions that a caller sees, unfinished ones of their own too. */
export function visibleTo({ owner, roles }: Viewer): SQL | undefined {
  if (owner === null) return undefined;
  const own = eq(telegramSessions.owner, owner);
  return roles.length === 0 ? own : or(own, sharedWith(roles));
}

/** Accounts that a viewer sees, unfinished links of their own too. */
export const selectVisibleAccounts = (db: Database | Transaction, viewer: Viewer): Promise<SessionRow[]> =>
  db.select().from(telegramSessions).where(visibleTo(viewer)).orderBy(asc(telegramSessions.createdAt));

/**
 * The account that a call names, or the caller's default one.
 * @returns null when none is named and there is none
 * @throws DomainError `NOT_FOUND` for what the caller does not see, `VALIDATION` when a key has to name one of several
 */
export async function findAccount(ctx: Context, accountId: string | undefined): Promise<Account | null> {
  const viewer = viewerOf(ctx.actor);
  if (accountId !== undefined) {
    const [row] = await ctx.db
      .select()
      .from(telegramSessions)
      .where(and(eq(telegramSessions.id, accountId), visibleTo(viewer)));
    if (!row || !isLinked(row)) throw chatsError("accountNotFound");
    return accountOf(ctx, viewer, row);
  }
  const rows = await ctx.db
    .select()
    .from(telegramSessions)
    .where(
      viewer.owner === null
        ? isNotNull(telegramSessions.storeId)
        : and(eq(telegramSessions.owner, viewer.owner), eq(telegramSessions.isDefault, true)),
    )
    .orderBy(asc(telegramSessions.createdAt))
    .limit(2);
  const [row, other] = rows.filter(isLinked);
  if (other) throw chatsError("severalAccounts");
  return row ? accountOf(ctx, viewer, row) : null;
}

/** The same, where the call means nothing without one. @throws DomainError as `findAccount`, `NOT_FOUND` when there is none */
export async function requireAccount(ctx: Context, accountId: string | undefined): Promise<Account> {
  const account = await findAccount(ctx, accountId);
  if (!account) throw chatsError("accountNotFound");
  return account;
}

async function accountOf(ctx: Context, viewer: Viewer, row: Linked): Promise<Account> {
  const isOwn = viewer.owner === null || row.owner === viewer.owner;
  const mayWrite = isOwn || (await mayWriteShared(ctx.db, row.id, viewer.roles));
  return { id: row.id, storeId: row.storeId, row, isOwn, mayWrite };
}

async function mayWriteShared(db: Database | Transaction, id: string, roles: readonly string[]): Promise<boolean> {
  const shared = await db
    .select({ access: telegramShares.access })
    .from(telegramShares)
    .where(and(eq(telegramShares.sessionId, id), inArray(telegramShares.role, [...roles])));
  return shared.some(({ access }) => access === "write");
}

/** @throws DomainError `FORBIDDEN` for an account that is shared for reading, or a caller who may only read */
export function requireWrite(ctx: Context, account: Account): void {
  if (!account.mayWrite) throw chatsError("readOnly");
  const { actor } = ctx;
  if (actor.kind === "agent" && !holdsScope(actor.scopes, "chats:write")) throw requestError("accessRevoked");
}

/** @throws DomainError `AUTH_EXPIRED` */
export function requireWorking({ id, row }: Account): void {
  if (row.status !== "AUTHORIZED") throw chatsError("accountExpired", {}, { details: { accountId: id } });
}

/** @throws DomainError `FORBIDDEN` */
export function requireOwner({ isOwn }: Account): void {
  if (!isOwn) throw chatsError("ownerOnly");
}

/** How a transport reads: the documented protocol refuses an expired account, tRPC goes on reading what is stored. */
export interface Door {
  mustWork: boolean;
}
