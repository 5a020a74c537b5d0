import type { Database } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { seesChat, type Viewer } from "../access.ts";
import { visibleStores } from "./contact-chats.ts";

/** From a message that nothing had been answered to since the last own one, to the own message that came next. */
export interface Wait {
  begunAt: number;
  /** Null while it goes on. */
  answeredAt: number | null;
  /** Who answered through Pult, as sends name them; null from another device, and of no answer. */
  answeredBy: string | null;
  /** Whether nothing was written either way for a day before. */
  isFirst: boolean;
}

interface Range {
  from: string;
  to: string;
  /** Of one account; null for all that the viewer sees. */
  storeId: string | null;
}

/** Waits in private chats that began in a time, the oldest first. */
export async function selectWaits(
  db: Database,
  viewer: Viewer,
  { from, to, storeId }: Range,
  limit: number,
): Promise<Wait[]> {
  const ofChat = sql`h.store_id = m.store_id and h.chat_id = m.chat_id and not h.is_service`;
  const ms = (column: ReturnType<typeof sql>) => sql`(extract(epoch from ${column}) * 1000)::float8`;
  return rowsOf<Wait>(
    await db.execute(sql`
      select ${ms(sql`m.date`)} as "begunAt", ${ms(sql`next.date`)} as "answeredAt", s.sent_by as "answeredBy",
        previous.date is null or previous.date <= m.date - interval '1 day' as "isFirst"
      from telegram_chats c join telegram_history m on m.store_id = c.store_id and m.chat_id = c.chat_id
      left join lateral (
        select h.date, h.is_outgoing from telegram_history h where ${ofChat} and (h.date, h.id) < (m.date, m.id)
        order by h.date desc, h.id desc limit 1) previous on true
      left join lateral (
        select h.date, h.client_id from telegram_history h where ${ofChat} and h.is_outgoing and (h.date, h.id) > (m.date, m.id)
        order by h.date, h.id limit 1) next on true
      left join telegram_sends s on s.store_id = m.store_id and s.client_id = next.client_id and s.part = 0
      where c.type = 'private' and not c.is_self and c.store_id = any(${visibleStores(viewer)})
        and ${seesChat(viewer, { store: sql`c.store_id`, chat: sql`c.chat_id` }, "metadata")}
        and (${storeId}::uuid is null or c.store_id = ${storeId}::uuid)
        and m.date >= ${from}::timestamptz and m.date < ${to}::timestamptz and not m.is_outgoing and not m.is_service
        and coalesce(previous.is_outgoing, true)
      order by m.date, m.store_id, m.chat_id, m.id limit ${limit}`),
  );
}
