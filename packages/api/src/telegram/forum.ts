import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { telegramMessages, telegramTopics } from "@pult/db/schema/telegram.ts";
import { and, eq, sql } from "drizzle-orm";
import type { Logger } from "../logger.ts";
import { readSetting, writeSetting } from "../settings.ts";
import { type Bot, BotError } from "./bot.ts";

/** Where something goes in the group: its topic, or null when the group has none. */
export type ForumPlace = { chatId: number; threadId: number | null };

/** A topic as it is to be made: about what, under which name, and how it begins. */
export interface NewTopic {
  /** `<slice>.<thing>:<id>` */
  subject: string;
  name: string;
  card: string;
}

/** A group of the bot, with a topic for each subject where it is a forum. */
export interface Forum {
  /** The id the group was configured with; stays the same when it becomes a supergroup. */
  readonly configuredChatId: number;
  chatId(): Promise<number>;
  /**
   * The subject's topic, made with the card that introduces it when there is none. Makes one call at most, so that each is paced.
   * @returns `step` when a call was made and there is more to do: ask again
   * @throws BotError
   */
  placeOf(topic: NewTopic): Promise<ForumPlace | "step">;
  /** The subject's topic, where the group has one by now, under the name it was given last; null for a name that is not known. */
  knownTopic(subject: string): Promise<{ threadId: number; name: string | null } | null>;
  /** The topic has another name now. */
  topicNamed(subject: string, name: string): Promise<void>;
  /** The topic is gone: the next call makes a new one. */
  forgetTopic(subject: string): Promise<void>;
  /** The group became a supergroup; what is known of the old chat is kept under the new one. */
  migrated(from: number, to: number): Promise<void>;
}

/** How long a group that refuses topics is not asked again. */
const NO_TOPICS_MS = 10 * 60_000;
const TOPIC_NAME_LIMIT = 128;
const CARD_LIMIT = 4_096;

interface ForumDeps {
  db: Database;
  bot: Bot;
  log: Logger;
  now(): Date;
  configuredChatId: number;
}

/** Not a forum, or the bot may not make topics: messages then go to the group itself. */
const refusesTopics = ({ failure, message }: BotError): boolean =>
  failure === "rejected" || failure === "noRight" || (failure === "forbidden" && /rights/i.test(message));

export function createForum({ db, bot, log, now, configuredChatId }: ForumDeps): Forum {
  const setting = `telegram.group:${configuredChatId}`;
  let withoutTopicsUntil = 0;

  const chatId = async () => (await readSetting<number>(db, setting)) ?? configuredChatId;

  async function createTopic(chat: number, { subject, name }: NewTopic): Promise<boolean> {
    try {
      const { threadId } = await bot.createTopic(chat, name.slice(0, TOPIC_NAME_LIMIT).toWellFormed());
      const fresh = { chatId: chat, threadId, cardMessageId: null, createdAt: now(), name };
      await db
        .insert(telegramTopics)
        .values({ subject, ...fresh })
        .onConflictDoUpdate({ target: telegramTopics.subject, set: fresh });
      return true;
    } catch (error) {
      if (!(error instanceof BotError) || !refusesTopics(error)) throw error;
      log.info({ chatId: chat, reason: error.message }, "The group takes no topics; replies are matched by message");
      withoutTopicsUntil = now().getTime() + NO_TOPICS_MS;
      return false;
    }
  }

  async function introduce(place: { chatId: number; threadId: number }, { subject, card }: NewTopic): Promise<void> {
    const { messageId } = await bot.sendText({ ...place, text: card.slice(0, CARD_LIMIT) });
    await db
      .update(telegramTopics)
      .set({ cardMessageId: messageId })
      .where(and(eq(telegramTopics.subject, subject), eq(telegramTopics.threadId, place.threadId)));
  }

  return {
    configuredChatId,
    chatId,
    async placeOf(topic) {
      const chat = await chatId();
      const [known] = await db.select().from(telegramTopics).where(eq(telegramTopics.subject, topic.subject));
      if (known?.chatId !== chat) {
        if (now().getTime() < withoutTopicsUntil) return { chatId: chat, threadId: null };
        return (await createTopic(chat, topic)) ? "step" : { chatId: chat, threadId: null };
      }
      const place = { chatId: chat, threadId: known.threadId };
      if (known.cardMessageId !== null) return place;
      await introduce(place, topic);
      return "step";
    },
    async knownTopic(subject) {
      const [known] = await db.select().from(telegramTopics).where(eq(telegramTopics.subject, subject));
      return known && known.chatId === (await chatId()) ? { threadId: known.threadId, name: known.name } : null;
    },
    async topicNamed(subject, name) {
      await db.update(telegramTopics).set({ name }).where(eq(telegramTopics.subject, subject));
    },
    async forgetTopic(subject) {
      await db.delete(telegramTopics).where(eq(telegramTopics.subject, subject));
    },
    async migrated(from, to) {
      await db.transaction(async (tx) => {
        await tx.update(telegramTopics).set({ chatId: to }).where(eq(telegramTopics.chatId, from));
        await tx.update(telegramMessages).set({ chatId: to }).where(eq(telegramMessages.chatId, from));
      });
      await writeSetting(db, setting, to);
      log.info({ from, to }, "The group became a supergroup");
    },
  };
}

/** What a topic is about; null for one that Pult did not make. */
export async function subjectOfTopic(db: Database, chatId: number, threadId: number): Promise<string | null> {
  const [topic] = await db
    .select()
    .from(telegramTopics)
    .where(and(eq(telegramTopics.chatId, chatId), eq(telegramTopics.threadId, threadId)));
  return topic?.subject ?? null;
}

/** A subject's topic id. */
export async function topicOf(db: Database, subject: string): Promise<number | null> {
  const [topic] = await db.select().from(telegramTopics).where(eq(telegramTopics.subject, subject));
  return topic?.threadId ?? null;
}

/** Forgets the topics of subjects. @returns those that the bot still has to remove */
export async function takeTopics(
  tx: Transaction,
  subjects: readonly string[],
): Promise<{ chatId: number; threadId: number }[]> {
  return rowsOf(
    await tx.execute(sql`
      delete from telegram_topics where subject in (select * from jsonb_array_elements_text(${JSON.stringify(subjects)}::jsonb))
      returning chat_id as "chatId", thread_id as "threadId"`),
  );
}
