import { type SQL, sql } from "drizzle-orm";
import { bigintsIn } from "./person-conversations.ts";

/** Updates from or about these Telegram users, wherever in them they are named. Condition on `telegram_updates`. */
export function aboutTelegramUser(telegramIds: readonly string[]): SQL {
  const ids = JSON.stringify({ ids: telegramIds.filter((id) => /^\d{1,15}$/.test(id)).map(Number) });
  return sql`jsonb_path_exists(payload, '$.**.id ? (@ == $ids[*])', ${ids}::jsonb)`;
}

/**
 * Updates of the group that show what belongs to these conversations: in their topics, or one of their messages, or an answer to one.
 * Condition on `telegram_updates`.
 */
export function aboutConversations(conversationIds: readonly number[]): SQL {
  const message = sql`coalesce(payload->'message', payload->'edited_message')`;
  const bigint = (path: string) => sql`(${message} #>> ${path}::text[])::bigint`;
  return sql`(
    exists (select 1 from support_topics s where s.conversation_id in ${bigintsIn(conversationIds)}
      and s.chat_id = ${bigint("{chat,id}")} and s.thread_id = ${bigint("{message_thread_id}")})
    or exists (select 1 from telegram_messages t where t.conversation_id in ${bigintsIn(conversationIds)}
      and t.chat_id = ${bigint("{chat,id}")}
      and t.telegram_message_id in (${bigint("{message_id}")}, ${bigint("{reply_to_message,message_id}")})))`;
}
