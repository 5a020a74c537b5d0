import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { UpdateBody } from "../engine/telegram.ts";
import type { SendStateEvent } from "../schema.ts";
import type { Target } from "../store/present.ts";

type Sent = Extract<UpdateBody, { type: "sent" }>;
type Fired = Extract<UpdateBody, { type: "scheduledDeleted" }>;

type Settled = Pick<SendStateEvent, "clientId" | "state"> & { chatId: number };

const tell = (rows: readonly Settled[]): SendStateEvent[] =>
  rows.map(({ chatId, clientId, state }) => ({ chatId: String(chatId), clientId, state, error: null, retryAt: null }));

/** Messages of ours got their ids: they are sent, or scheduled. */
export async function settleSent(
  tx: Transaction,
  { storeId }: Target,
  sent: readonly Sent[],
): Promise<SendStateEvent[]> {
  const ids = sent.map(({ randomId, id }) => ({ randomId, id }));
  const rows = rowsOf<Settled>(
    await tx.execute(sql`
      update telegram_sends s set message_id = x.id, state = case when scheduled_for is null then 'sent' else 'scheduled' end, error = null,
        retry_at = null, updated_at = now()
      from jsonb_to_recordset(${JSON.stringify(ids)}::jsonb) as x("randomId" text, id bigint)
      where s.store_id = ${storeId} and s.random_id = x."randomId" and s.state in ('queued', 'sending', 'failed')
      returning s.chat_id as "chatId", s.client_id as "clientId", s.state`),
  );
  // Known before as another device's.
  await tx.execute(sql`
    update telegram_history m set client_id = s.client_id from telegram_sends s
    join jsonb_to_recordset(${JSON.stringify(ids)}::jsonb) as x("randomId" text) on x."randomId" = s.random_id
    where s.store_id = ${storeId} and s.state = 'sent' and m.store_id = s.store_id and m.chat_id = s.chat_id and m.id = s.message_id
      and m.client_id is null`);
  return tell(rows);
}

/** Scheduled messages left Telegram's list: those with a new id were sent, the others were cancelled. */
export async function settleFired(
  tx: Transaction,
  { storeId }: Target,
  { chatId, ids, sentIds }: Fired,
): Promise<SendStateEvent[]> {
  const pairs = ids.map((id, index) => ({ id, sentId: sentIds[index] ?? null }));
  const rows = rowsOf<Settled>(
    await tx.execute(sql`
      update telegram_sends s set state = case when x."sentId" is null and scheduled_for > now() + interval '10 s' then 'failed' else 'sent' end, message_id = coalesce(x."sentId", s.message_id),
        updated_at = now()
      from jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) as x(id bigint, "sentId" bigint)
      where s.store_id = ${storeId} and s.chat_id = ${chatId} and s.state = 'scheduled' and s.message_id = x.id
      returning s.chat_id as "chatId", s.client_id as "clientId", s.state`),
  );
  return tell(rows);
}
