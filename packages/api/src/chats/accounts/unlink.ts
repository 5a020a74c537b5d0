import type { Transaction } from "@pult/db/database.ts";
import { telegramFiles, telegramSessions, telegramStores } from "@pult/db/schema/chats.ts";
import { asc, eq, inArray } from "drizzle-orm";
import { recordAudit } from "../../auth/audit.ts";
import type { Context } from "../../context.ts";
import type { SessionRow } from "../access.ts";
import { chatsError } from "../errors.ts";
import type { UnlinkInput } from "../inputs.ts";
import { publishChanges, storeChanges } from "./announce.ts";
import { requireSession } from "./links.ts";
import { logOutBehind } from "./log-out.ts";

/**
 * Ends a link, finished or not: its keys are forgotten at once, Telegram is told behind the caller's back. What is stored of the account stays
 * for the next link, unless it is purged.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN` for an account that is shared with the caller
 */
export async function unlinkAccount(ctx: Context, { accountId, purge }: UnlinkInput): Promise<void> {
  const found = await requireSession(ctx, accountId);
  const { row, changes, files } = await ctx.db.transaction(async (tx) => {
    const rows = await tx
      .select()
      .from(telegramSessions)
      .where(eq(telegramSessions.owner, found.owner))
      .orderBy(asc(telegramSessions.id))
      .for("update");
    const row = rows.find(({ id }) => id === accountId);
    if (!row) throw chatsError("accountNotFound");
    await tx.delete(telegramSessions).where(eq(telegramSessions.id, row.id));
    const heirs = await passDefault(tx, row, rows);
    const files = purge && row.storeId !== null ? await purgeStores(tx, [row.storeId]) : [];
    if (row.storeId !== null)
      await recordAudit(tx, ctx, {
        action: "telegram.accountUnlinked",
        target: { kind: "telegramAccount", id: row.id },
        details: { purge },
      });
    return { row, files, changes: await storeChanges(tx, ctx, { changed: heirs, gone: [row.id] }) };
  });
  publishChanges(ctx, changes);
  logOutBehind(ctx, row);
  await removeFiles(ctx, files);
}

/** The oldest remaining account becomes the default one. */
async function passDefault(tx: Transaction, row: SessionRow, rows: readonly SessionRow[]): Promise<SessionRow[]> {
  if (!row.isDefault) return [];
  const [heir] = rows
    .filter(({ id, storeId }) => id !== row.id && storeId !== null)
    .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  if (!heir) return [];
  return tx.update(telegramSessions).set({ isDefault: true }).where(eq(telegramSessions.id, heir.id)).returning();
}

/** Deletes everything that is stored of accounts, after what is being written of them. @returns keys of files, to be removed after the commit */
export async function purgeStores(tx: Transaction, storeIds: readonly string[]): Promise<string[]> {
  const keys: (string | null)[] = [];
  await tx
    .select({ id: telegramStores.id })
    .from(telegramStores)
    .where(inArray(telegramStores.id, [...storeIds]))
    .orderBy(asc(telegramStores.id))
    .for("update");
  for (const storeId of storeIds) {
    const files = await tx
      .delete(telegramFiles)
      .where(eq(telegramFiles.storeId, storeId))
      .returning({ fileKey: telegramFiles.fileKey, thumbKey: telegramFiles.thumbKey });
    keys.push(...files.flatMap(({ fileKey, thumbKey }) => [fileKey, thumbKey]));
    await tx.delete(telegramStores).where(eq(telegramStores.id, storeId));
  }
  return keys.filter((key) => key !== null);
}

export async function removeFiles({ media, log }: Context, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await media.remove(key).catch((error: unknown) => log.warn({ err: error }, "Failed to remove a file"));
  }
}
