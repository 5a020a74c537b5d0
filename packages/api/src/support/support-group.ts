import type { Database } from "@pult/db/database.ts";
import { supportTopics, telegramMessages } from "@pult/db/schema/support.ts";
import { eq } from "drizzle-orm";
import type { Logger } from "../logger.ts";
import { readSetting, writeSetting } from "../settings.ts";
import { type Bot, BotError } from "./bot.ts";
import type { ConversationRecord } from "./conversation-rows.ts";

/** Where a customer's messages go in the group: his topic, or null when the group has none. */
export type GroupPlace = { chatId: number; threadId: number | null };

/** The Telegram group in which agents answer. */
export interface SupportGroup {
  chatId(): Promise<number>;
  /** The customer's topic, made (with a card that introduces him) when there is none. @throws BotError */
  placeOf(conversation: ConversationRecord): Promise<GroupPlace>;
  /** The topic is gone: the next message makes a new one. */
  forgetTopic(conversationId: number): Promise<void>;
  /** The group became a supergroup. Whatever is mapped to the old chat is kept under the new one. */
  migrated(from: number, to: number): Promise<void>;
}

const SETTING = "support.group";
/** How long a group that refuses topics is not asked again. */
const NO_TOPICS_MS = 10 * 60_000;
const TOPIC_NAME_LIMIT = 128;

interface GroupDeps {
  db: Database;
  bot: Bot;
  log: Logger;
  now(): Date;
  /** `GROUP_CHAT_ID`. */
  configuredChatId: number;
}

/** Not a forum, or the bot may not make topics: messages then go to the group itself. */
const refusesTopics = ({ failure, message }: BotError): boolean =>
  failure === "rejected" || (failure === "forbidden" && /rights/i.test(message));

export function createSupportGroup({ db, bot, log, now, configuredChatId }: GroupDeps): SupportGroup {
  let withoutTopicsUntil = 0;

  async function chatId(): Promise<number> {
    const moved = await readSetting<{ from: number; to: number }>(db, SETTING);
    return moved?.from === configuredChatId ? moved.to : configuredChatId;
  }

  async function createTopic(chat: number, conversation: ConversationRecord): Promise<number | null> {
    try {
      const { threadId } = await bot.createTopic(
        chat,
        conversation.customerName.slice(0, TOPIC_NAME_LIMIT).toWellFormed(),
      );
      const fresh = { chatId: chat, threadId, cardMessageId: null, createdAt: now() };
      await db
        .insert(supportTopics)
        .values({ conversationId: conversation.id, ...fresh })
        .onConflictDoUpdate({ target: supportTopics.conversationId, set: fresh });
      return threadId;
    } catch (error) {
      if (!(error instanceof BotError) || !refusesTopics(error)) throw error;
      log.info(
        { chatId: chat, reason: error.message },
        "The support group takes no topics; replies are matched by message",
      );
      withoutTopicsUntil = now().getTime() + NO_TOPICS_MS;
      return null;
    }
  }

  async function introduce(
    place: { chatId: number; threadId: number },
    conversation: ConversationRecord,
  ): Promise<void> {
    const { messageId } = await bot.sendText({ ...place, text: cardOf(conversation) });
    await db
      .update(supportTopics)
      .set({ cardMessageId: messageId })
      .where(eq(supportTopics.conversationId, conversation.id));
  }

  return {
    chatId,
    async placeOf(conversation) {
      const chat = await chatId();
      const [known] = await db.select().from(supportTopics).where(eq(supportTopics.conversationId, conversation.id));
      const usable = known?.chatId === chat ? known : null;
      if (!usable && now().getTime() < withoutTopicsUntil) return { chatId: chat, threadId: null };
      const threadId = usable?.threadId ?? (await createTopic(chat, conversation));
      if (threadId === null) return { chatId: chat, threadId };
      if (!usable || usable.cardMessageId === null) await introduce({ chatId: chat, threadId }, conversation);
      return { chatId: chat, threadId };
    },
    async forgetTopic(conversationId) {
      await db.delete(supportTopics).where(eq(supportTopics.conversationId, conversationId));
    },
    async migrated(from, to) {
      await db.transaction(async (tx) => {
        await tx.update(supportTopics).set({ chatId: to }).where(eq(supportTopics.chatId, from));
        await tx.update(telegramMessages).set({ chatId: to }).where(eq(telegramMessages.chatId, from));
      });
      await writeSetting(db, SETTING, { from: configuredChatId, to });
      log.info({ from, to }, "The support group became a supergroup");
    },
  };
}

function cardOf(conversation: ConversationRecord): string {
  const lines = [conversation.customerName, `${conversation.channel} · ${conversation.externalId}`];
  if (conversation.customerUsername) lines.push(`@${conversation.customerUsername}`);
  if (conversation.languageCode) lines.push(conversation.languageCode);
  return lines.join("\n").slice(0, 4096);
}
