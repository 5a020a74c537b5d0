import type { Database, Transaction } from "@pult/db/database.ts";
import { textsIn } from "@pult/db/rows.ts";
import { telegramSessions } from "@pult/db/schema/chats.ts";
import { and, asc, eq, isNotNull, or, type SQL, sql } from "drizzle-orm";
import { identityOf, isUnproven } from "../actor.ts";
import { holdsScope } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { requestError } from "../errors.ts";
import { chatsError } from "./errors.ts";
import { type Access, accessIn, allows, ENDED, type Grant, isAtLeast, PRECEDENCE, readGrants } from "./grants.ts";

export type SessionRow = typeof telegramSessions.$inferSelect;

/** Who owns what a key links without naming a user. */
export const INSTALLATION = "installation";

/** As whom a caller sees accounts. */
export interface Viewer {
  /** Owner of their accounts; null sees every account. */
  owner: string | null;
  /** What accounts may be shared with. */
  roles: readonly string[];
  /** The member of the team whom grants may name. */
  personId: string | null;
  /** As events and rows name them: the user's id, `key:<id>` of a key. */
  userId: string;
  /** Grants that ended before are none. */
  at: Date;
}

type Call = Pick<Context, "actor" | "now">;

/** @throws DomainError `UNAUTHORIZED` for callers without a proof of who they are */
export function viewerOf({ actor, now }: Call): Viewer {
  const [owner, at] = [identityOf(actor), now()];
  switch (actor.kind) {
    case "agent":
      return { owner, roles: [actor.role, actor.roleName], personId: actor.personId, userId: actor.personId, at };
    case "customer": {
      if (isUnproven(actor) || !actor.proof) throw requestError("unauthorized");
      const roles = actor.proof.kind === "session" ? [actor.proof.role] : [];
      return { owner, roles, personId: null, userId: actor.externalId, at };
    }
    case "apiKey":
      return { owner: null, roles: [], personId: null, userId: `key:${actor.keyId}`, at };
    case "system":
      return { owner: null, roles: [], personId: null, userId: "pult", at };
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
  /** Those that name the caller, in the order of `PRECEDENCE`; null for an own account, in which everything is allowed. */
  grants: readonly Grant[] | null;
}

/** Linked at some time: unfinished links count as none. While it is linked again it does not work, as one that is expired. */
export type Linked = SessionRow & { storeId: string };
const isLinked = (row: SessionRow): row is Linked => row.storeId !== null;

/** Whether a grant names a viewer. */
const names = ({ roles, personId }: Viewer, of: SQL): SQL =>
  sql`(${of}.role in ${textsIn(roles)} or ${of}.person_id = ${personId}::uuid)`;

/** What grants let a viewer do: `accessIn` as an expression. @param chat null is all chats of the account */
const accessTo = (viewer: Viewer, session: SQL, chat: SQL): SQL => sql`coalesce((
  select g.access from telegram_shares g
  where g.session_id = ${session} and (g.chat_id is null or g.chat_id = ${chat}) and ${names(viewer, sql`g`)} and not ${ENDED(viewer.at)}
  order by ${PRECEDENCE} limit 1), 'none')`;

/** Sessions that a caller sees, unfinished ones of their own too, and those of which they see a chat. */
export function visibleTo(viewer: Viewer): SQL | undefined {
  const { owner, roles, personId } = viewer;
  if (owner === null) return undefined;
  const own = eq(telegramSessions.owner, owner);
  if (roles.length === 0 && personId === null) return own;
  const access = accessTo(viewer, sql`o.session_id`, sql`o.chat_id`);
  const shared = sql`${telegramSessions.id} in (select o.session_id from telegram_shares o where ${names(viewer, sql`o`)} and ${access} <> 'none')`;
  return or(own, shared);
}

/** Whether a viewer may do something with a chat, where a statement reads several accounts. */
export function seesChat(viewer: Viewer, { store, chat }: { store: SQL; chat: SQL }, needed: Access): SQL {
  if (viewer.owner === null) return sql`true`;
  return sql`case when ${store} = any(array(select store_id from telegram_sessions where owner = ${viewer.owner} and store_id is not null)) then true
    else exists (select 1 from telegram_sessions s where s.store_id = ${store} and ${isAtLeast(accessTo(viewer, sql`s.id`, chat), needed)}) end`;
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
  const viewer = viewerOf(ctx);
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
  const grants = isOwn ? null : grantsFor(viewer, await readGrants(ctx.db, row.id));
  return { id: row.id, storeId: row.storeId, row, isOwn, grants };
}

/** Those of an account's grants that name a viewer. */
export const grantsFor = ({ roles, personId }: Viewer, grants: readonly Grant[]): Grant[] =>
  grants.filter((one) => (one.role === null ? one.personId === personId : roles.includes(one.role)));

/** What the caller may do with a chat of an account. */
export const accessOf = ({ now }: Pick<Call, "now">, { grants }: Account, chatId: number | string): Access =>
  grants === null ? "write" : accessIn(grants, Number(chatId), now());

/** Chats of an account with which the caller may do something, by the column of their ids. */
export function chatsOf({ now }: Pick<Call, "now">, { grants }: Account, needed: Access, column: SQL): SQL {
  if (grants === null) return sql`true`;
  const isIn = (chatId: number | null) => allows(accessIn(grants, chatId, now()), needed);
  const named = [...new Set(grants.flatMap(({ chatId }) => chatId ?? []))];
  const listed = (ids: readonly number[]) =>
    sql`(select x::bigint from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) x)`;
  return isIn(null)
    ? sql`${column} not in ${listed(named.filter((id) => !isIn(id)))}`
    : sql`${column} in ${listed(named.filter(isIn))}`;
}

/**
 * @throws DomainError `NOT_FOUND` for a chat that the caller does not see; `FORBIDDEN` for one whose messages they do not see, or may only read
 */
export function requireAccess(ctx: Context, account: Account, chatId: number | string, needed: Access): void {
  const access = accessOf(ctx, account, chatId);
  if (access === "none") throw chatsError("chatNotFound");
  if (!allows(access, needed)) throw chatsError(needed === "write" ? "readOnly" : "metadataOnly");
  const { actor } = ctx;
  if (needed === "write" && actor.kind === "agent" && !holdsScope(actor.scopes, "chats:write"))
    throw requestError("accessRevoked");
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
