import type { Database, Transaction } from "@pult/db/database.ts";
import { telegramSends, telegramStores } from "@pult/db/schema/chats.ts";
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Message, MessageEntity, SendState } from "../schema.ts";
import { selectMessages, type Target } from "../store/present.ts";
import { toldOfSend } from "./refusals.ts";

export type SendRow = typeof telegramSends.$inferSelect;
type Reader = Database | Transaction;

export const selectSends = (db: Reader, storeId: string, clientId: string): Promise<SendRow[]> =>
  db
    .select()
    .from(telegramSends)
    .where(and(eq(telegramSends.storeId, storeId), eq(telegramSends.clientId, clientId)))
    .orderBy(asc(telegramSends.part));

export const selectSendsById = (db: Reader, ids: readonly number[]): Promise<SendRow[]> =>
  db
    .select()
    .from(telegramSends)
    .where(inArray(telegramSends.id, [...ids]))
    .orderBy(asc(telegramSends.id));

/** A message that Telegram does not have yet, or never took. */
function presentSend({ accountId }: Target, row: SendRow, senderId: string): Message {
  const isScheduled = row.state === "scheduled";
  return {
    id: row.messageId === null ? `pending-${row.id}` : String(row.messageId),
    accountId,
    chatId: String(row.chatId),
    senderId,
    text: row.text,
    entities: row.entities as MessageEntity[],
    media: null,
    groupId: row.album,
    date: row.createdAt.toISOString(),
    editedDate: null,
    forwardFromId: null,
    forwardFromName: null,
    replyToMessageId: row.replyToId === null ? null : String(row.replyToId),
    viewsCount: null,
    isOutgoing: true,
    isService: false,
    isScheduled,
    scheduleDate: row.scheduledFor?.toISOString() ?? null,
    clientId: row.clientId,
    state: row.state as SendState,
    error: toldOfSend(row, accountId),
  };
}

/** The messages of a send, in order: as they are stored where Telegram has them. */
export async function presentSends(db: Reader, target: Target, rows: readonly SendRow[]): Promise<Message[]> {
  const sent = rows.flatMap(({ state, messageId }) => (state === "sent" && messageId !== null ? [messageId] : []));
  const chatId = rows[0]?.chatId ?? 0;
  const stored = await selectMessages(db, target, {
    where: sql`m.chat_id = ${chatId} and m.id in (select x::bigint from jsonb_array_elements_text(${JSON.stringify(sent)}::jsonb) x)`,
    order: sql`m.id`,
    limit: sent.length,
  });
  const byId = new Map(stored.map((message) => [message.id, message]));
  const [store] = await db
    .select({ userId: telegramStores.userId })
    .from(telegramStores)
    .where(eq(telegramStores.id, target.storeId));
  return rows.map((row) => byId.get(String(row.messageId)) ?? presentSend(target, row, String(store?.userId)));
}
