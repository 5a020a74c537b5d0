import type { Transaction } from "@pult/db/database.ts";
import { telegramSessions } from "@pult/db/schema/chats.ts";
import { and, eq, ne, type SQL } from "drizzle-orm";
import type { Context, Deps } from "../../context.ts";
import type { SessionRow } from "../access.ts";
import { publishChanges, storeChanges } from "../accounts/announce.ts";
import { openSecret, sealSecret } from "../accounts/secrets.ts";
import type { AccountHealth } from "../schema.ts";

/** What a connection is opened with. @throws VaultError when it was sealed with another key */
export function openSecrets(
  deps: Pick<Deps, "vault" | "mtproto">,
  row: SessionRow,
): { session: string | null; api: { id: number; hash: string } } {
  const hash = openSecret(deps, row, "apiHash");
  const api = row.apiId !== null && hash !== null ? { id: row.apiId, hash } : deps.mtproto.api;
  if (!api) throw new Error("There is no Telegram application to connect with");
  return { session: openSecret(deps, row, "session"), api };
}

/** Telegram moved the account, or its keys changed. */
export async function storeSession(ctx: Context, id: string, session: string): Promise<void> {
  await ctx.db
    .update(telegramSessions)
    .set({ session: sealSecret(ctx, { id, column: "session" }, session) })
    .where(eq(telegramSessions.id, id));
}

/** Changes a session and tells of it, where the condition still holds. */
async function change(ctx: Context, where: SQL | undefined, values: Partial<SessionRow>): Promise<void> {
  const changes = await ctx.db.transaction(async (tx: Transaction) => {
    const changed = await tx.update(telegramSessions).set(values).where(where).returning();
    // Which accounts are held depends on the status alone.
    return changed.length > 0 ? storeChanges(tx, ctx, { changed, isHealth: values.status === undefined }) : null;
  });
  if (changes) publishChanges(ctx, changes);
}

/** How the connection is. */
export const markConnection = (ctx: Context, id: string, connection: AccountHealth["connection"]): Promise<void> =>
  change(ctx, and(eq(telegramSessions.id, id), ne(telegramSessions.connection, connection)), { connection });

/** Telegram asked for a pause. */
export const markFlood = (ctx: Context, id: string, waitMs: number): Promise<void> =>
  change(ctx, eq(telegramSessions.id, id), { floodUntil: new Date(ctx.now().getTime() + waitMs) });

/** Telegram stopped what the account sends. @param reason its own name of it */
export const stopSending = (ctx: Context, id: string, reason: string): Promise<void> =>
  change(ctx, eq(telegramSessions.id, id), { stoppedBy: reason, updatedAt: ctx.now() });

/** Telegram ended the session: it has to be linked again. */
export const expireSession = (ctx: Context, id: string, reason: string): Promise<void> =>
  change(ctx, and(eq(telegramSessions.id, id), eq(telegramSessions.status, "AUTHORIZED")), {
    ...{ status: "EXPIRED", connection: "offline", expiredBy: reason, session: null },
    updatedAt: ctx.now(),
  });
