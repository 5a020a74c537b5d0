import { liveTopics } from "@pult/db/schema/notifications.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { storableText } from "../../storable.ts";
import { subjectOfTopic } from "../../telegram/forum.ts";
import type { Note, TelegramReceiver } from "../../telegram/inbox.ts";
import type { TelegramMessage } from "../../telegram/updates.ts";
import { liveChatOf } from "./live-chat.ts";
import { subscribe, unsubscribe } from "./subscriptions.ts";

/** Customers' commands, and what Telegram tells of the live group's topics. */
export const broadcastReceiver: TelegramReceiver = {
  commands: {
    subscribe: (ctx, telegram, message) => subscribe(ctx, telegram, message, "command"),
    "start news": (ctx, telegram, message) => subscribe(ctx, telegram, message, "link"),
    stop: unsubscribe,
  },
  message: (ctx, _telegram, [first]) => (first?.topic ? learnTopic(ctx, first) : Promise.resolve("nothing of topics")),
  edit: async () => "nothing of topics",
};

/** Notes a topic's name. Those that Pult made itself carry the names of customers and are not broadcast to. */
async function learnTopic(ctx: Context, message: TelegramMessage): Promise<Note> {
  const { chatId, threadId, topic, sender } = message;
  if (!topic || threadId === null || !ctx.config.liveChat) return "nothing of topics";
  if (chatId !== (await liveChatOf(ctx)).chatId) return "a topic of another group";
  if ((sender.isBot && topic.isService) || (await subjectOfTopic(ctx.db, chatId, threadId)) !== null)
    return "a customer's topic";
  const { name, isClosed } = topic;
  const values = {
    chatId,
    threadId,
    name: storableText(name ?? ""),
    isClosed: isClosed ?? false,
    updatedAt: ctx.now(),
  };
  // What was renamed since is not learned from the message that once made the topic.
  const isKnown = topic.isService ? sql`true` : sql`false`;
  const set = {
    ...(name ? { name: values.name } : {}),
    ...(isClosed === null ? {} : { isClosed }),
    updatedAt: ctx.now(),
  };
  if (name === null) {
    await ctx.db.update(liveTopics).set(set).where(sql`chat_id = ${chatId} and thread_id = ${threadId}`);
    return null;
  }
  const target = [liveTopics.chatId, liveTopics.threadId];
  await ctx.db.insert(liveTopics).values(values).onConflictDoUpdate({ target, set, setWhere: isKnown });
  return null;
}
