import { randomBytes } from "node:crypto";
import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { storableText } from "../../storable.ts";
import type { TelegramMessage } from "../engine/telegram.ts";
import { instantOf } from "./peers.ts";

export interface MessageKey {
  chatId: number;
  id: number;
}

const keyText = ({ chatId, id }: MessageKey): string => `${chatId}/${id}`;

const rowOf = (message: TelegramMessage) => ({
  chatId: message.chatId,
  id: message.id,
  senderId: message.senderId,
  text: storableText(message.text),
  entities: message.entities,
  media: message.media,
  mediaId: message.media && randomBytes(12).toString("base64url"),
  groupId: message.groupId,
  date: instantOf(message.date),
  editedAt: instantOf(message.editedDate),
  forwardFromId: message.forwardFromId,
  forwardFromName: message.forwardFromName,
  replyToId: message.replyToMessageId,
  viewsCount: message.viewsCount,
  reactions: message.reactions,
  isOutgoing: message.isOutgoing,
  isService: message.isService,
});

const RECORD = sql`x("chatId" bigint, id bigint, "senderId" bigint, text text, entities jsonb, media jsonb, "mediaId" text, "groupId" text,
  date timestamptz, "editedAt" timestamptz, "forwardFromId" bigint, "forwardFromName" text, "replyToId" bigint, "viewsCount" int,
  reactions jsonb, "isOutgoing" boolean, "isService" boolean)`;

/** Chats that messages speak of and that no answer described: they get their names with the next one. */
async function holdPlaces(tx: Transaction, storeId: string, chatIds: readonly number[]): Promise<void> {
  const rows = [...new Set(chatIds)]
    .toSorted((a, b) => a - b)
    .map((chatId) => ({ id: `${storeId}/${chatId}`, chatId }));
  await tx.execute(sql`
    insert into telegram_chats (id, store_id, chat_id, type, title, created_at, updated_at)
    select id, ${storeId}::uuid, "chatId", case when "chatId" > 0 then 'private' when "chatId" > -1000000000000 then 'group' else 'supergroup' end,
      '', now(), now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id text, "chatId" bigint)
    on conflict (store_id, chat_id) do nothing`);
}

/** What Telegram has of a message takes the place of what an export said of it. */
const TAKEN_OVER = [
  ...[
    "sender_id",
    "text",
    "entities",
    "media",
    "media_id",
    "group_id",
    "date",
    "edited_at",
    "forward_from_id",
    "forward_from_name",
  ],
  ...["reply_to_id", "views_count", "reactions", "is_outgoing", "is_service", "client_id", "import_id"],
];
const takeOver = sql.raw(TAKEN_OVER.map((column) => `${column} = excluded.${column}`).join(", "));

/**
 * Stores messages that are not stored yet; those sent through Pult get their client ids.
 * @param options.importId of an export, whose messages never replace others
 * @returns the new ones, in the given order
 */
export async function insertMessages(
  tx: Transaction,
  storeId: string,
  messages: readonly TelegramMessage[],
  { importId = null }: { importId?: string | null } = {},
): Promise<TelegramMessage[]> {
  if (messages.length === 0) return [];
  await holdPlaces(
    tx,
    storeId,
    messages.map(({ chatId }) => chatId),
  );
  const inserted = rowsOf<MessageKey>(
    await tx.execute(sql`
      insert into telegram_history as h (store_id, chat_id, id, sender_id, text, entities, media, media_id, group_id, date, edited_at,
        forward_from_id, forward_from_name, reply_to_id, views_count, reactions, is_outgoing, is_service, client_id, import_id)
      select ${storeId}::uuid, "chatId", x.id, "senderId", x.text, x.entities, x.media, "mediaId", "groupId", date, "editedAt", "forwardFromId",
        "forwardFromName", "replyToId", "viewsCount", reactions, "isOutgoing", "isService", s.client_id, ${importId}::uuid
      from jsonb_to_recordset(${JSON.stringify(messages.map(rowOf))}::jsonb) as ${RECORD}
      left join lateral (
        select client_id from telegram_sends s where "isOutgoing" and s.store_id = ${storeId} and s.chat_id = "chatId"
          and (s.message_id = x.id and s.state = 'sent'
            or s.state = 'scheduled' and s.text = x.text and s.scheduled_for <= date + interval '5 s'
            -- Its answer is on its way or was lost: then it is tried again all the same, with the id that Telegram knows it by.
            or (s.state = 'sending' or s.state = 'queued' and (s.error ->> 'isUncertain')::boolean)
              and s.text = x.text and s.created_at <= date + interval '5 s')
        order by s.state = 'sent' desc, s.scheduled_for, s.id limit 1) s on true
      on conflict (store_id, chat_id, id) do update set ${takeOver} where h.import_id is not null and excluded.import_id is null
      returning chat_id as "chatId", id`),
  );
  await settleScheduled(tx, storeId, inserted);
  const fresh = new Set(inserted.map(keyText));
  return messages.filter((message) => fresh.delete(keyText(message)));
}

/** A scheduled message that is there is sent: Telegram tells of its end in the list of scheduled ones before or after. */
async function settleScheduled(tx: Transaction, storeId: string, keys: readonly MessageKey[]): Promise<void> {
  await tx.execute(sql`
    update telegram_sends s set state = 'sent', message_id = m.id, updated_at = now()
    from telegram_history m join jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as x("chatId" bigint, id bigint)
      on m.store_id = ${storeId} and m.chat_id = x."chatId" and m.id = x.id
    where s.store_id = m.store_id and s.chat_id = m.chat_id and s.client_id = m.client_id and s.state = 'scheduled' and s.text = m.text`);
}

export interface ChangedMessage extends MessageKey {
  /** Whether text, formatting or file is another, or only the reactions. */
  isOther: boolean;
}

/** Stores what messages say now, and keeps what they said. @returns those that look otherwise now */
export async function updateMessages(
  tx: Transaction,
  storeId: string,
  messages: readonly TelegramMessage[],
): Promise<ChangedMessage[]> {
  if (messages.length === 0) return [];
  const newest = [...new Map(messages.map((message) => [keyText(message), message])).values()];
  const given = sql`jsonb_to_recordset(${JSON.stringify(newest.map(rowOf))}::jsonb) as ${RECORD}`;
  const isOther = sql`(m.text, m.entities, m.media) is distinct from (x.text, x.entities, x.media)`;
  const same = sql`m.store_id = ${storeId} and m.chat_id = x."chatId" and m.id = x.id`;
  await tx.execute(sql`
    insert into telegram_revisions (store_id, chat_id, message_id, text, entities, replaced_at)
    select m.store_id, m.chat_id, m.id, m.text, m.entities, coalesce(x."editedAt", now())
    from telegram_history m join ${given} on ${same} where (m.text, m.entities) is distinct from (x.text, x.entities)`);
  const changed = rowsOf<ChangedMessage & { isMarked: boolean }>(
    await tx.execute(sql`
      with changed as (select m.chat_id, m.id, ${isOther} as is_other, m.reactions <> x.reactions as is_marked from telegram_history m join ${given} on ${same} for update of m)
      update telegram_history m set text = x.text, entities = x.entities, media = x.media,
        media_id = case when m.media is not distinct from x.media then m.media_id else x."mediaId" end, edited_at = x."editedAt",
        views_count = coalesce(x."viewsCount", m.views_count), reactions = x.reactions
      from ${given}, changed where ${same} and changed.chat_id = m.chat_id and changed.id = m.id
      returning m.chat_id as "chatId", m.id, changed.is_other as "isOther", changed.is_marked as "isMarked"`),
  );
  return changed.filter(({ isOther, isMarked }) => isOther || isMarked);
}

/**
 * Removes messages that Telegram deleted.
 * @param chatId null: of private chats and basic groups, whose ids are the account's
 * @returns ids by chat, in ascending order
 */
export async function removeMessages(
  tx: Transaction,
  storeId: string,
  { chatId, ids }: { chatId: number | null; ids: readonly number[] },
): Promise<Map<number, number[]>> {
  const where = chatId === null ? sql`m.chat_id > -1000000000000` : sql`m.chat_id = ${chatId}`;
  const gone = rowsOf<MessageKey & { isUnread: boolean }>(
    await tx.execute(sql`
      delete from telegram_history m using telegram_chats c
      where m.store_id = ${storeId} and ${where} and m.id in (select x::bigint from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) x)
        and c.store_id = m.store_id and c.chat_id = m.chat_id
      returning m.chat_id as "chatId", m.id, not m.is_outgoing and m.id > c.read_inbox_max_id as "isUnread"`),
  );
  const byChat = Map.groupBy(gone, (one) => Number(one.chatId));
  const counts = [...byChat].map(([id, keys]) => ({
    chatId: id,
    count: keys.length,
    unread: keys.filter(({ isUnread }) => isUnread).length,
  }));
  await tx.execute(sql`
    update telegram_chats c set message_count = greatest(0, message_count - x.count), unread_count = greatest(0, unread_count - x.unread),
      top_message_id = newest.id, top_message_at = coalesce(newest.date, c.top_message_at)
    from jsonb_to_recordset(${JSON.stringify(counts)}::jsonb) as x("chatId" bigint, count int, unread int)
    left join lateral (
      select m.id, m.date from telegram_history m where m.store_id = ${storeId} and m.chat_id = x."chatId" order by m.id desc limit 1
    ) newest on true
    where c.store_id = ${storeId} and c.chat_id = x."chatId"`);
  return new Map([...byChat].map(([id, keys]) => [id, keys.map((one) => Number(one.id)).toSorted((a, b) => a - b)]));
}

/** New messages are the newest of their chats, and count there. @returns chats that are in the list from now on */
export async function countMessages(
  tx: Transaction,
  storeId: string,
  messages: readonly TelegramMessage[],
): Promise<number[]> {
  if (messages.length === 0) return [];
  const counts = [...Map.groupBy(messages, ({ chatId }) => chatId)].map(([chatId, all]) => {
    const ids = all.map(({ id }) => id);
    const top = Math.max(...ids);
    return {
      chatId,
      top,
      date: instantOf(all.find(({ id }) => id === top)?.date ?? null),
      first: Math.min(...ids),
      count: all.length,
      incoming: all.filter(({ isOutgoing }) => !isOutgoing).map(({ id }) => id),
    };
  });
  const fresh = rowsOf<{ chatId: number; wasListed: boolean }>(
    await tx.execute(sql`
      with given as (select * from jsonb_to_recordset(${JSON.stringify(counts)}::jsonb)
        as x("chatId" bigint, top bigint, date timestamptz, first bigint, count int, incoming jsonb)),
      before as (select c.chat_id, c.has_dialog from telegram_chats c join given x on x."chatId" = c.chat_id where c.store_id = ${storeId})
      update telegram_chats c set has_dialog = true, message_count = message_count + x.count,
        unread_count = unread_count + (select count(*) from jsonb_array_elements_text(x.incoming) i where i::bigint > c.read_inbox_max_id),
        top_message_id = greatest(c.top_message_id, x.top),
        top_message_at = case when x.top >= coalesce(c.top_message_id, 0) then x.date else c.top_message_at end,
        known = c.known + int8multirange(int8range(x.first, null))
      from given x join before on before.chat_id = x."chatId" where c.store_id = ${storeId} and c.chat_id = x."chatId"
      returning c.chat_id as "chatId", before.has_dialog as "wasListed"`),
  );
  return fresh.filter(({ wasListed }) => !wasListed).map(({ chatId }) => Number(chatId));
}
