import { liveTopics } from "@pult/db/schema/notifications.ts";
import { asc, eq } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { liveChatOf } from "./live-chat.ts";
import { requireBroadcaster } from "./rights.ts";
import type { LiveTopic, NameTopicInput } from "./schema.ts";

/** Topics of the live group whose names are known. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listTopics(ctx: Context): Promise<LiveTopic[]> {
  requireStaff(ctx.actor, "notifications:read");
  if (!ctx.telegram || !ctx.config.liveChat) return [];
  const { chatId } = await liveChatOf(ctx);
  return ctx.db
    .select({ threadId: liveTopics.threadId, name: liveTopics.name, isClosed: liveTopics.isClosed })
    .from(liveTopics)
    .where(eq(liveTopics.chatId, chatId))
    .orderBy(asc(liveTopics.name), asc(liveTopics.threadId));
}

/** Names a topic by hand, until Telegram tells another name. @throws DomainError as `sendBroadcast` */
export async function nameTopic(ctx: Context, { threadId, name }: NameTopicInput): Promise<void> {
  await requireBroadcaster(ctx);
  const { chatId } = await liveChatOf(ctx);
  const set = { name, updatedAt: ctx.now() };
  await ctx.db
    .insert(liveTopics)
    .values({ chatId, threadId, ...set })
    .onConflictDoUpdate({ target: [liveTopics.chatId, liveTopics.threadId], set });
}
