import type { Transaction } from "@pult/db/database.ts";
import { telegramChats, telegramSessions, telegramShares, telegramStores } from "@pult/db/schema/chats.ts";
import { and, asc, eq, inArray, isNull } from "drizzle-orm";
import { recordAudit } from "../../auth/audit.ts";
import type { Context } from "../../context.ts";
import type { SessionRow } from "../access.ts";
import type { TelegramUser, UpdateState } from "../engine/telegram.ts";
import { chatsError } from "../errors.ts";
import type { User } from "../schema.ts";
import { forgetFreshness } from "../store/freshness.ts";
import { peerRowId, storePeers } from "../store/peers.ts";
import { publishChanges, storeChanges } from "./announce.ts";
import { logOutBehind } from "./log-out.ts";
import { type ChatRow, presentUser } from "./present.ts";
import { sealSecret } from "./secrets.ts";

/**
 * The end of a link: the account works from now on. What was stored of it for its owner is found again, and another link of the same account
 * is replaced: its place, shares and settings go over to this one.
 */
export async function authorizeSession(
  ctx: Context,
  linked: SessionRow,
  { user: signedIn, state }: { user: TelegramUser; state: UpdateState | null },
): Promise<User> {
  const { changes, replaced, user } = await ctx.db.transaction(async (tx) => {
    const { rows, row } = await lockSessions(tx, linked);
    const storeId = await findStore(tx, ctx, { owner: row.owner, userId: signedIn.id });
    const replaced = rows.filter((other) => other.id !== row.id && other.storeId === storeId);
    await takeOver(tx, row, replaced);
    const kept = rows.filter((other) => !replaced.includes(other));
    const [authorized] = await tx
      .update(telegramSessions)
      .set({
        status: "AUTHORIZED",
        storeId,
        isDefault: row.isDefault || !kept.some(({ isDefault }) => isDefault),
        sendsReceipts: replaced[0]?.sendsReceipts ?? row.sendsReceipts,
        ...(signedIn.phoneNumber === null
          ? {}
          : { phoneNumber: sealSecret(ctx, { id: row.id, column: "phoneNumber" }, signedIn.phoneNumber) }),
        ...{ codeHash: null, codeTries: 0, passwordHint: null, expiredBy: null, floodUntil: null },
        authorizedAt: ctx.now(),
        updatedAt: ctx.now(),
      })
      .where(eq(telegramSessions.id, row.id))
      .returning();
    if (!authorized) throw chatsError("accountNotFound");
    await forgetFreshness(tx, storeId);
    // What was stored before goes on from where it stands.
    if (state)
      await tx
        .update(telegramStores)
        .set(state)
        .where(and(eq(telegramStores.id, storeId), isNull(telegramStores.pts)));
    const user = await storeSelf(tx, ctx, { storeId, signedIn });
    await recordAudit(tx, ctx, { action: "telegram.accountLinked", target: { kind: "telegramAccount", id: row.id } });
    const changes = await storeChanges(tx, ctx, {
      changed: [authorized],
      gone: replaced.map(({ id }) => id),
      // Another account than before: what the log holds is of that one.
      cut: row.storeId !== null && row.storeId !== storeId ? [row.id] : [],
    });
    return { changes, replaced, user: presentUser(ctx, user, row.id) };
  });
  publishChanges(ctx, changes);
  for (const row of replaced) logOutBehind(ctx, row);
  return user;
}

/** Locks all sessions of the owner: one of them becomes the default, one at most of an account stays. @throws DomainError `NOT_FOUND` */
async function lockSessions(
  tx: Transaction,
  { id, owner }: SessionRow,
): Promise<{ rows: SessionRow[]; row: SessionRow }> {
  const rows = await tx
    .select()
    .from(telegramSessions)
    .where(eq(telegramSessions.owner, owner))
    .orderBy(asc(telegramSessions.id))
    .for("update");
  const row = rows.find((one) => one.id === id);
  if (!row) throw chatsError("accountNotFound");
  return { rows, row };
}

/** What is kept of a Telegram account for an owner; new when there is nothing yet. */
export async function findStore(
  tx: Transaction,
  { now }: Context,
  account: { owner: string; userId: number },
): Promise<string> {
  await tx
    .insert(telegramStores)
    .values({ ...account, createdAt: now() })
    .onConflictDoNothing();
  const [store] = await tx
    .select({ id: telegramStores.id })
    .from(telegramStores)
    .where(and(eq(telegramStores.owner, account.owner), eq(telegramStores.userId, account.userId)));
  if (!store) throw new Error("The store was not written");
  return store.id;
}

async function takeOver(tx: Transaction, row: SessionRow, replaced: readonly SessionRow[]): Promise<void> {
  const ids = replaced.map(({ id }) => id);
  if (ids.length === 0) return;
  const shares = await tx.select().from(telegramShares).where(inArray(telegramShares.sessionId, ids));
  const moved = shares.map(({ id: _, ...share }) => ({ ...share, sessionId: row.id }));
  if (moved.length > 0) await tx.insert(telegramShares).values(moved).onConflictDoNothing();
  await tx.delete(telegramSessions).where(inArray(telegramSessions.id, ids));
}

/** What Telegram said of the account's own user. */
async function storeSelf(
  tx: Transaction,
  ctx: Context,
  { storeId, signedIn }: { storeId: string; signedIn: TelegramUser },
): Promise<ChatRow> {
  await storePeers(tx, ctx, { storeId, peers: { users: [signedIn], groups: [] }, hashed: new Set() });
  const [row] = await tx
    .select()
    .from(telegramChats)
    .where(eq(telegramChats.id, peerRowId(storeId, signedIn.id)));
  if (!row) throw new Error("The account's user was not written");
  return row;
}
