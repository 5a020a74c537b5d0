import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type telegramBulkRecipients, telegramBulks } from "@pult/db/schema/bulk.ts";
import { telegramSessions } from "@pult/db/schema/chats.ts";
import { eq, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { appendToLogs, type NewEntry, publishAppended } from "../../realtime/log.ts";
import { type Account, requireAccount } from "../access.ts";
import { chatsError } from "../errors.ts";
import { bulkTopic } from "../events.ts";
import { maySendToMany, requireSendToMany } from "./access.ts";
import type { BulkEvent, RecipientState, SkipReason } from "./schema.ts";

export type BulkRow = typeof telegramBulks.$inferSelect;
export type RecipientRow = typeof telegramBulkRecipients.$inferSelect;
type Reader = Database | Transaction;

/** The account that has a store now; null once it was unlinked. */
export async function accountOfStore(db: Reader, storeId: string): Promise<string | null> {
  const [row] = await db
    .select({ id: telegramSessions.id })
    .from(telegramSessions)
    .where(eq(telegramSessions.storeId, storeId))
    .orderBy(sql`status = 'AUTHORIZED' desc, created_at desc`)
    .limit(1);
  return row?.id ?? null;
}

/** A message to many with the account that sends it. @throws DomainError `NOT_FOUND` for what the caller does not see */
export async function openBulk(ctx: Context, id: string): Promise<{ row: BulkRow; account: Account }> {
  const [row] = await ctx.db.select().from(telegramBulks).where(eq(telegramBulks.id, id));
  const accountId = row && (await accountOfStore(ctx.db, row.storeId));
  if (!row || !accountId) throw chatsError("bulkNotFound");
  const account = await requireAccount(ctx, accountId).catch(() => {
    throw chatsError("bulkNotFound");
  });
  if (!maySendToMany(ctx, account, "read")) throw chatsError("bulkNotFound");
  return { row, account };
}

/**
 * Changes a message to many, which is locked, and tells those who look at it.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN` for those who may not write from the account
 */
export async function changeBulk(
  ctx: Context,
  id: string,
  change: (tx: Transaction, of: { row: BulkRow; account: Account }) => Promise<readonly NewEntry[]>,
): Promise<void> {
  const { account } = await openBulk(ctx, id);
  requireSendToMany(ctx, account);
  const appended = await ctx.db.transaction(async (tx) => {
    const [row] = await tx.select().from(telegramBulks).where(eq(telegramBulks.id, id)).for("update");
    if (!row) throw chatsError("bulkNotFound");
    const entries = await change(tx, { row, account });
    return appendToLogs(tx, [...entries, entryOf(account.id, id)]);
  });
  publishAppended(ctx.bus, appended);
}

export const entryOf = (accountId: string, bulkId: string): NewEntry => ({
  topic: bulkTopic.name(accountId),
  payload: { type: "bulkChanged", bulkId } satisfies BulkEvent,
});

/** Recipients by state, and those who are left out by why. */
export async function countRecipients(
  db: Reader,
  ids: readonly string[],
): Promise<Map<string, { counts: Record<RecipientState, number>; skipped: Partial<Record<SkipReason, number>> }>> {
  const rows = rowsOf<{ bulkId: string; state: RecipientState; reason: SkipReason | null; count: number }>(
    await db.execute(sql`
      select r.bulk_id as "bulkId", ${SHOWN_STATE} as state, case when r.state = 'skipped' then r.reason end as reason, count(*)::int as count
      from ${WITH_SEND} where r.bulk_id in (select x::uuid from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) x)
      group by 1, 2, 3`),
  );
  const found = new Map(
    ids.map((id) => [id, { counts: noCounts(), skipped: {} as Partial<Record<SkipReason, number>> }]),
  );
  for (const { bulkId, state, reason, count } of rows) {
    const one = found.get(bulkId);
    if (!one) continue;
    one.counts[state] += count;
    if (reason) one.skipped[reason] = count;
  }
  return found;
}

const noCounts = (): Record<RecipientState, number> => ({
  ...{ queued: 0, sending: 0, sent: 0, read: 0, failed: 0, skipped: 0, unknown: 0 },
});

/** Recipients `r` with what became of their messages `s`, in the chat `c`. */
export const WITH_SEND = sql`telegram_bulk_recipients r left join telegram_sends s on s.id = r.send_id
  left join telegram_chats c on c.store_id = r.store_id and c.chat_id = r.chat_id`;
/** A message that was sent is read once the other side has read up to it; of an unknown one Telegram may have told later that it was sent. */
export const SHOWN_STATE = sql`case when r.state in ('sent', 'unknown') and s.state = 'sent'
  then case when s.message_id <= c.read_outbox_max_id then 'read' else 'sent' end else r.state end`;
