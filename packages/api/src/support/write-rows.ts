import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { ConversationRecord } from "./conversation-rows.ts";
import { laneOf, type NewOutboxRow } from "./outbox.ts";
import type { ClaimedPhotos } from "./photos.ts";
import type { Quoted } from "./quotes.ts";
import type { StoredMessage } from "./stored.ts";
import type { MessageWrite } from "./write.ts";

/** One write of a batch with what was found out about it. */
export interface Prepared {
  index: number;
  write: MessageWrite;
  conversation: ConversationRecord;
  photos: ClaimedPhotos["photos"];
}

/** @returns the ids, in the order of the batch */
export async function insertMessages(
  tx: Transaction,
  fresh: Prepared[],
  { now, quotes }: { now: string; quotes: Quoted[] },
): Promise<number[]> {
  const rows = fresh.map(({ write, conversation, photos }, ord) => ({
    ord,
    c: conversation.id,
    kind: write.kind,
    text: write.text,
    aid: write.author.id,
    an: write.author.name,
    source: write.source,
    cid: write.clientId,
    hash: write.contentHash,
    reply: quotes[ord]?.id ?? null,
    photos: photos.length,
    change: write.change,
  }));
  const inserted = rowsOf<{ id: number | string }>(
    await tx.execute(sql`
      insert into messages (conversation_id, kind, text, author_id, author_name, source, client_id, content_hash, reply_to_id, photo_count, change, created_at)
      select c, kind, text, aid, an, source, cid, hash, reply, photos, change, ${now}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(ord int, c bigint, kind text, text text, aid text, an text, source text,
        cid text, hash text, reply bigint, photos int, change jsonb)
      order by ord returning id`),
  );
  return inserted.map((row) => Number(row.id));
}

/** Puts what messages owe the outside world into the outbox, due after each row's delay. */
export async function insertOutbox(
  tx: Transaction,
  rows: readonly (NewOutboxRow & { messageId: number; conversationId: number })[],
  now: Date,
): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.map((row, ord) => ({
    ord,
    lane: laneOf(row, row.conversationId),
    leg: row.leg,
    m: row.messageId,
    task: row.task,
    due: new Date(now.getTime() + row.delayMs).toISOString(),
  }));
  await tx.execute(sql`
    insert into outbox (lane, leg, message_id, task, not_before)
    select lane, leg, m, task, due from jsonb_to_recordset(${JSON.stringify(values)}::jsonb)
      as x(ord int, lane text, leg text, m bigint, task jsonb, due timestamptz) order by ord`);
  const hurried = values.filter((row, at) => row.leg === "push" && rows[at]?.delayMs === 0).map((row) => row.lane);
  if (hurried.length > 0) await hurryEarlierPushes(tx, hurried, now);
}

/** A push that is due at once is not to overtake, or wait for, earlier ones that were given time to be seen: the customer has left. */
async function hurryEarlierPushes(tx: Transaction, lanes: string[], now: Date): Promise<void> {
  const due = sql`${now.toISOString()}::timestamptz`;
  await tx.execute(sql`
    update outbox set not_before = ${due}
    where state = 'pending' and attempts = 0 and not_before > ${due}
      and lane in (select jsonb_array_elements_text(${JSON.stringify([...new Set(lanes)])}::jsonb))`);
}

/** Maps the Telegram messages that ours came from. */
export async function insertOrigins(tx: Transaction, fresh: Prepared[], messages: StoredMessage[]): Promise<void> {
  const rows = fresh.flatMap(({ write, conversation }, at) =>
    (write.origin?.messageIds ?? []).map((t, part) => ({
      chat: write.origin?.chatId,
      t,
      m: messages[at]?.id,
      c: conversation.id,
      part,
      caption: write.origin?.caption ? 1 : 0,
    })),
  );
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into telegram_messages (chat_id, telegram_message_id, message_id, conversation_id, part, caption)
    select chat, t, m, c, part, caption from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as x(chat bigint, t bigint, m bigint, c bigint, part int, caption int)
    on conflict do nothing`);
}
