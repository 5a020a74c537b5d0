import type { Bucket } from "../outbox/pacer.ts";
import type { Bot } from "./bot.ts";
import type { Forum } from "./forum.ts";

/** Whether Telegram answers, for health and status. */
export interface BotHealth {
  running: boolean;
  reason: string | null;
  /** The support group as the bot sees it; absent until it was looked at. */
  group?: GroupHealth;
}

/** What keeps the support group from working. */
export const GROUP_PROBLEMS = [
  "unreachable",
  "noTopics",
  "noTopicRight",
  "noPinRight",
  "noDeleteRight",
  "privacy",
] as const;
export type GroupProblem = (typeof GROUP_PROBLEMS)[number];

export interface GroupHealth {
  problems: readonly GroupProblem[];
  /** Of `unreachable`: Telegram's own words. */
  reason: string | null;
}

/** The bot of this installation and what belongs to it. */
export interface Telegram {
  bot: Bot;
  /** The number before the colon of its token. */
  botId: number;
  /** The group in which agents answer. */
  forum: Forum | null;
  limits: TelegramLimits;
  /** Where Telegram posts updates, when it can reach us over https; else they are polled for. */
  webhook: { url: string; secret: string } | null;
  /** As the node that holds the bot's lease sees it. */
  health: BotHealth;
}

/** Our own limits, so that Telegram need not refuse. Null for none. */
export interface TelegramLimits {
  bot: Bucket["limit"];
  group: Bucket["limit"];
  /** What a broadcast's calls into one group wait for; they count as calls into it. */
  topics: Bucket["limit"];
  /** A private chat. */
  chat: Bucket["limit"];
  /** Messages of broadcasts to customers, so that answers always have room. */
  customers: Bucket["limit"];
  /** The same, while Stars are paid for speed. */
  paid: Bucket["limit"];
}

/**
 * About 30 calls a second for a bot, 20 a minute into one group, one a second into one private chat, where short bursts pass. What is paid
 * may go at 1,000 a second; one node makes about 250 calls a second.
 * @see https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
 */
export const TELEGRAM_LIMITS: TelegramLimits = {
  bot: { calls: 30, perMs: 1_000 },
  group: { calls: 20, perMs: 60_000 },
  topics: { calls: 20, perMs: 60_000 },
  chat: { calls: 3, perMs: 3_000 },
  customers: { calls: 25, perMs: 1_000 },
  paid: { calls: 250, perMs: 1_000 },
};

/** Of everything that one bot does: updates in, calls out. */
export const botLease = (botId: number): string => `bot:${botId}`;

export const botIdOf = (token: string): number => Number(token.split(":", 1)[0]);

/** The buckets that a call into a chat passes. Groups have negative ids. */
export const chatBuckets = ({ botId, limits }: Pick<Telegram, "botId" | "limits">, chatId: number): Bucket[] => [
  { name: `bot:${botId}`, limit: limits.bot },
  { name: `bot:${botId}:chat:${chatId}`, limit: chatId < 0 ? limits.group : limits.chat },
];

/** The buckets that a call of a broadcast into a group passes. */
export const topicBuckets = ({ botId, limits }: Telegram, chatId: number): Bucket[] =>
  chatBuckets({ botId, limits: { ...limits, group: limits.topics } }, chatId);

/** The buckets that a broadcast to a customer passes. What is paid does not count against the bot's free calls. */
export const customerBuckets = ({ botId, limits }: Telegram, paid: boolean): Bucket[] =>
  paid
    ? [{ name: `bot:${botId}:paid`, limit: limits.paid }]
    : [
        { name: `bot:${botId}`, limit: limits.bot },
        { name: `bot:${botId}:customers`, limit: limits.customers },
      ];
