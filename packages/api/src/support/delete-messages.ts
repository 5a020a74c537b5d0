import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { releaseFiles } from "../media/files.ts";
import { bigintsIn } from "./person-conversations.ts";
import { messageSubject } from "./subjects.ts";

/** How many rows went, each kind as an erasure reports it. */
export interface DeletedMessages {
  photos: number;
  deliveries: number;
  pushAttempts: number;
  telegramMappings: number;
  messages: number;
}

/** Messages with everything that hangs on them. Photos are let go of, and removed after the commit. */
export async function deleteMessages(tx: Transaction, ids: readonly number[]): Promise<DeletedMessages> {
  const ofThese = sql`message_id in ${bigintsIn(ids)}`;
  return {
    photos: await releaseFiles(tx, ids.map(messageSubject)),
    deliveries: await removeRows(tx, "outbox", ofThese),
    pushAttempts: await removeRows(tx, "push_attempts", ofThese),
    telegramMappings: await removeRows(tx, "telegram_messages", ofThese),
    messages: await removeRows(tx, "messages", sql`id in ${bigintsIn(ids)}`),
  };
}

/** @returns how many */
export async function removeRows(tx: Transaction, table: string, where: SQL): Promise<number> {
  const [row] = rowsOf<{ count: number | string }>(
    await tx.execute(sql`
      with gone as (delete from ${sql.identifier(table)} where ${where} returning 1) select count(*) as count from gone`),
  );
  return Number(row?.count ?? 0);
}
