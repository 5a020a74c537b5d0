import { rowsOf, textsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { RetentionRule } from "../slice.ts";
import { removeFiles } from "./accounts/unlink.ts";

/** Messages that one transaction deletes. */
const AT_ONCE = 2_000;

/** The newest message of a chat stays: the list shows it. */
const isOld = (before: Date) =>
  sql`m.date < ${before.toISOString()}::timestamptz and m.id is distinct from c.top_message_id`;

/**
 * Deletes what is stored of old messages and their files. Telegram keeps them: a page of history is fetched from there again when it is opened.
 * Ties to records, notes, tasks and deals stay.
 */
export const sweepMessages: RetentionRule["sweep"] = async (ctx, { before, dryRun }) => {
  const { db } = ctx;
  const from = sql`telegram_history m join telegram_chats c on c.store_id = m.store_id and c.chat_id = m.chat_id where ${isOld(before)}`;
  if (dryRun)
    return rowsOf<{ count: number }>(await db.execute(sql`select count(*)::int as count from ${from}`))[0]?.count ?? 0;
  let total = 0;
  for (let isDone = false; !isDone; ) {
    const { gone, keys } = await db.transaction(async (tx) => {
      const gone = rowsOf<{ mediaId: string | null; key: string; id: number }>(
        await tx.execute(sql`
          delete from telegram_history h using (select m.store_id, m.chat_id, m.id from ${from} limit ${AT_ONCE}) old
          where h.store_id = old.store_id and h.chat_id = old.chat_id and h.id = old.id
          returning h.media_id as "mediaId", h.store_id || '/' || h.chat_id as key, h.id`),
      );
      const ends = [...Map.groupBy(gone, ({ key }) => key)].map(([key, all]) => ({
        key,
        end: Math.max(...all.map(({ id }) => Number(id))) + 1,
      }));
      await tx.execute(sql`
        update telegram_chats c set known = c.known * int8multirange(int8range(x."end", null))
        from jsonb_to_recordset(${JSON.stringify(ends)}::jsonb) as x(key text, "end" bigint) where c.id = x.key`);
      const mediaIds = gone.flatMap(({ mediaId }) => mediaId ?? []);
      const files = rowsOf<{ fileKey: string | null; thumbKey: string | null }>(
        await tx.execute(sql`
          delete from telegram_files where id in ${textsIn(mediaIds)} and store_id is not null
          returning file_key as "fileKey", thumb_key as "thumbKey"`),
      );
      return {
        gone,
        keys: files.flatMap(({ fileKey, thumbKey }) => [fileKey, thumbKey]).filter((key) => key !== null),
      };
    });
    await removeFiles(ctx, keys);
    total += gone.length;
    isDone = gone.length < AT_ONCE;
  }
  return total;
};
