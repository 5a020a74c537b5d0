import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";

/** The newest message of a chat, service messages too; 0 in an empty one. */
export async function findNewestId(
  db: Database | Transaction,
  { storeId, chatId }: { storeId: string; chatId: number },
): Promise<number> {
  const [row] = rowsOf<{ id: number }>(
    await db.execute(sql`
      select coalesce(max(id), 0) as id from telegram_history where store_id = ${storeId} and chat_id = ${chatId}`),
  );
  return row?.id ?? 0;
}

/** Whether the other side of a chat wrote after a message, in a statement that has these columns; service messages do not count. */
export const hasReply = ({ storeId, chatId, sinceId }: { storeId: SQL; chatId: SQL; sinceId: SQL }): SQL => sql`exists (
  select 1 from telegram_history h where h.store_id = ${storeId} and h.chat_id = ${chatId} and h.id > ${sinceId}
    and not h.is_outgoing and not h.is_service)`;
