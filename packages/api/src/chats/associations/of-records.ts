import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { appendToLogs, type NewEntry, publishAppended } from "../../realtime/log.ts";
import { chatsTopic } from "../events.ts";
import { selectChats } from "../store/present.ts";

/** A chat that is tied to a record, in a store. */
interface TiedChat {
  storeId: string;
  chatId: number;
}

interface Records {
  type: "contact" | "company" | "deal";
  ids: readonly string[];
}

/** Accounts with chats that are tied to records: their logs may tell what those are called. */
export async function selectTiedAccounts(db: Database | Transaction, { type, ids }: Records): Promise<string[]> {
  const rows = rowsOf<{ id: string }>(
    await db.execute(sql`
      select distinct s.id from telegram_crm_associations a join telegram_sessions s on s.store_id = a.store_id
      where a.entity_type = ${type} and a.entity_id in ${uuidsIn(ids)}`),
  );
  return rows.map(({ id }) => id);
}

/** Chats of every account that are tied to a record, for `publishChats`. */
export async function selectTiedChats(db: Database | Transaction, { type, ids }: Records): Promise<TiedChat[]> {
  return rowsOf<TiedChat>(
    await db.execute(sql`
      select distinct store_id as "storeId", chat_id as "chatId" from telegram_crm_associations
      where entity_type = ${type} and entity_id in ${uuidsIn(ids)}`),
  );
}

/** Unties chats of every account from records that are no more. @returns the chats, for `publishChats` after the commit */
export async function untieRecords(tx: Transaction, { type, ids }: Records): Promise<TiedChat[]> {
  return rowsOf<TiedChat>(
    await tx.execute(sql`
      delete from telegram_crm_associations where entity_type = ${type} and entity_id in ${uuidsIn(ids)}
      returning store_id as "storeId", chat_id as "chatId"`),
  );
}

/** Ids of associations of a record. */
export interface MovedTies {
  moved: string[];
  /** Those whose chat was tied to the other record already; as they were. */
  dropped: object[];
}

/** Ties the chats of one record to another, in every account; a chat that is tied to both keeps one tie. */
export async function moveTies(
  tx: Transaction,
  { type, from, to }: { type: Records["type"]; from: string; to: string },
): Promise<MovedTies & { chats: TiedChat[] }> {
  const dropped = rowsOf<{ row: object; storeId: string; chatId: number }>(
    await tx.execute(sql`
      delete from telegram_crm_associations a where a.entity_type = ${type} and a.entity_id = ${from} and exists (
        select 1 from telegram_crm_associations b where b.store_id = a.store_id and b.chat_id = a.chat_id and b.entity_type = a.entity_type
          and b.entity_id = ${to})
      returning to_jsonb(a) as row, a.store_id as "storeId", a.chat_id as "chatId"`),
  );
  const moved = rowsOf<TiedChat & { id: string }>(
    await tx.execute(sql`
      update telegram_crm_associations set entity_id = ${to} where entity_type = ${type} and entity_id = ${from}
      returning id, store_id as "storeId", chat_id as "chatId"`),
  );
  return { moved: moved.map(({ id }) => id), dropped: dropped.map(({ row }) => row), chats: [...moved, ...dropped] };
}

/** Undoes `moveTies`, for what is still there. */
export async function returnTies(
  tx: Transaction,
  { type, from, to, moved, dropped }: MovedTies & { type: Records["type"]; from: string; to: string },
): Promise<TiedChat[]> {
  const back = rowsOf<TiedChat>(
    await tx.execute(sql`
      update telegram_crm_associations set entity_id = ${from}
      where id in ${uuidsIn(moved)} and entity_type = ${type} and entity_id = ${to} returning store_id as "storeId", chat_id as "chatId"`),
  );
  const again = rowsOf<TiedChat>(
    await tx.execute(sql`
      insert into telegram_crm_associations select r.* from jsonb_populate_recordset(null::telegram_crm_associations, ${JSON.stringify(dropped)}::jsonb) r
      where exists (select 1 from telegram_chats c where c.store_id = r.store_id and c.chat_id = r.chat_id)
      on conflict do nothing returning store_id as "storeId", chat_id as "chatId"`),
  );
  return [...back, ...again];
}

/** Tells that chats look otherwise now, in the logs of their accounts. */
export async function publishChats(ctx: Context, chats: readonly TiedChat[]): Promise<void> {
  if (chats.length === 0) return;
  const appended = await ctx.db.transaction(async (tx) => {
    const sessions = rowsOf<TiedChat & { accountId: string }>(
      await tx.execute(sql`
        select distinct s.id as "accountId", x."storeId", x."chatId" from telegram_sessions s
        join jsonb_to_recordset(${JSON.stringify(chats)}::jsonb) as x("storeId" uuid, "chatId" bigint) on s.store_id = x."storeId"`),
    );
    const entries: NewEntry[] = [];
    for (const { accountId, storeId, chatId } of sessions) {
      const found = await selectChats(
        tx,
        { accountId, storeId },
        { where: sql`c.chat_id = ${chatId}`, now: ctx.now() },
      );
      const topic = chatsTopic.name(accountId);
      entries.push(...found.map((chat) => ({ topic, payload: { type: "chatUpdated", accountId, chat } })));
    }
    return appendToLogs(tx, entries);
  });
  publishAppended(ctx.bus, appended);
}
