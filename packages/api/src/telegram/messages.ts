import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { telegramMessages } from "@pult/db/schema/telegram.ts";
import { and, asc, eq, sql } from "drizzle-orm";

/** Of whom the ids of a chat's messages are: in groups they are the chat's own, in private chats each bot counts its own. */
export const botScope = (botId: number, chatId: number): number => (chatId < 0 ? 0 : botId);

/** Telegram messages that show one thing of ours. */
export interface ShownMessages {
  /** @see botScope */
  botId: number;
  /** What they show: `<slice>.<thing>:<id>`. */
  subject: string;
  /** What that belongs to; the subject of its topic, where the group has topics. */
  parent: string;
  chatId: number;
  messageIds: readonly number[];
  /** Position of the first among all that show it. */
  part: number;
  /** Whether the text is a caption. */
  caption: boolean;
}

type ShownIn = Pick<ShownMessages, "botId" | "chatId">;

/** Rows of private chats from before bots were told apart become this bot's. */
export async function adoptMessages(db: Database, botId: number): Promise<void> {
  await db.execute(sql`
    update telegram_messages m set bot_id = ${botId} where bot_id = 0 and chat_id > 0 and not exists (
      select 1 from telegram_messages o where o.bot_id = ${botId} and o.chat_id = m.chat_id and o.telegram_message_id = m.telegram_message_id)`);
  await db.execute(sql`
    update telegram_updates u set bot_id = ${botId} where bot_id = 0 and not exists (
      select 1 from telegram_updates o where o.bot_id = ${botId} and o.update_id = u.update_id)`);
}

/** Remembers which Telegram messages show what, so that answers, edits and erasures find them. */
export async function rememberMessages(tx: Transaction, shown: readonly ShownMessages[]): Promise<void> {
  const rows = shown.flatMap(({ messageIds, part, caption, chatId, ...rest }) =>
    messageIds.map((id, at) => ({ ...rest, chat: chatId, id, part: part + at, caption: caption ? 1 : 0 })),
  );
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into telegram_messages (bot_id, chat_id, telegram_message_id, subject, parent, part, caption)
    select "botId", chat, id, subject, parent, part, caption from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as x("botId" bigint, chat bigint, id bigint, subject text, parent text, part int, caption int)
    on conflict do nothing`);
}

/** The Telegram messages of a chat that show a subject, first part first. */
export const messagesShowing = (db: Database, { botId, chatId }: ShownIn, subject: string) =>
  db
    .select()
    .from(telegramMessages)
    .where(
      and(
        eq(telegramMessages.botId, botId),
        eq(telegramMessages.chatId, chatId),
        eq(telegramMessages.subject, subject),
      ),
    )
    .orderBy(asc(telegramMessages.part), asc(telegramMessages.telegramMessageId));

/** What a Telegram message shows of ours; null for one that Pult does not know. */
export async function shownBy(
  db: Database,
  { botId, chatId }: ShownIn,
  telegramMessageId: number,
): Promise<{ subject: string; part: number } | null> {
  const [row] = rowsOf<{ subject: string; part: number }>(
    await db.execute(sql`
      select subject, part from telegram_messages where bot_id = ${botId} and chat_id = ${chatId} and telegram_message_id = ${telegramMessageId}`),
  );
  return row ?? null;
}
