import type { Transaction } from "@pult/db/database.ts";
import { telegramSessions } from "@pult/db/schema/chats.ts";
import { and, eq, isNull, ne, type SQL } from "drizzle-orm";
import type { Context, Deps } from "../../context.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import type { SessionRow } from "../access.ts";
import { publishChanges, storeChanges } from "../accounts/announce.ts";
import { openSecret, sealSecret } from "../accounts/secrets.ts";
import { ACCOUNT_EXPIRED, pauseBulks } from "../bulk/pause.ts";
import { expiredNotice, floodNotice, stoppedNotice, tellOwners } from "../notices.ts";
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

/** Changes a session and tells of it, where the condition still holds. `pausesFor`: why everything it sends to many pauses. @param notice what people are told beside */
async function change(
  ctx: Context,
  { where, values, pausesFor }: { where: SQL | undefined; values: Partial<SessionRow>; pausesFor?: string },
  notice?: Parameters<typeof tellOwners>[2],
): Promise<void> {
  const now = ctx.now();
  const done = await ctx.db.transaction(async (tx: Transaction) => {
    const changed = await tx.update(telegramSessions).set(values).where(where).returning();
    const [row] = changed;
    if (!row) return null;
    const target = { accountId: row.id, storeId: row.storeId ?? "" };
    const paused = pausesFor && row.storeId ? await pauseBulks(tx, { target, reason: pausesFor, now }) : null;
    const told = notice ? await tellOwners(tx, { row, now, beside: paused?.notices ?? [] }, notice) : null;
    const appended = await appendToLogs(tx, [...(told?.entries ?? []), ...(paused?.entries ?? [])]);
    // Which accounts are held depends on the status alone.
    const changes = await storeChanges(tx, ctx, { changed, isHealth: values.status === undefined });
    return { appended, owes: told?.owes ?? false, changes };
  });
  if (!done) return;
  publishAppended(ctx.bus, done.appended);
  if (done.owes) publishDue(ctx.bus);
  publishChanges(ctx, done.changes);
}

const byId = (id: string) => eq(telegramSessions.id, id);

/** How the connection is. */
export const markConnection = (ctx: Context, id: string, connection: AccountHealth["connection"]): Promise<void> =>
  change(ctx, { where: and(byId(id), ne(telegramSessions.connection, connection)), values: { connection } });

/** From here on people are told that Telegram asked for a pause. */
const LONG_FLOOD_MS = 60_000;

/** Telegram asked for a pause. */
export function markFlood(ctx: Context, id: string, waitMs: number): Promise<void> {
  const values = { floodUntil: new Date(ctx.now().getTime() + waitMs) };
  const seconds = Math.ceil(waitMs / 1_000);
  const notice = { kind: floodNotice, data: { accountId: id, seconds } };
  return change(ctx, { where: byId(id), values }, waitMs > LONG_FLOOD_MS ? notice : undefined);
}

/** Telegram stopped what the account sends. @param reason its own name of it */
export const stopSending = (ctx: Context, id: string, reason: string): Promise<void> =>
  change(
    ctx,
    {
      where: and(byId(id), isNull(telegramSessions.stoppedBy)),
      values: { stoppedBy: reason, updatedAt: ctx.now() },
      pausesFor: reason,
    },
    { kind: stoppedNotice, data: { accountId: id, reason } },
  );

/** Telegram ended the session: it has to be linked again. */
export const expireSession = (ctx: Context, id: string, reason: string): Promise<void> =>
  change(
    ctx,
    {
      where: and(byId(id), eq(telegramSessions.status, "AUTHORIZED")),
      values: {
        ...{ status: "EXPIRED", connection: "offline", expiredBy: reason, session: null },
        updatedAt: ctx.now(),
      },
      pausesFor: ACCOUNT_EXPIRED,
    },
    { kind: expiredNotice, data: { accountId: id, reason } },
  );
