import { why } from "../../outbox/why.ts";

/** What went wrong with one recipient, where it is known what to do about it. */
export const PROBLEMS = [
  "topicDeleted",
  "topicsOff",
  "topicClosed",
  "mayNotPin",
  "mayNotWrite",
  "chatGone",
  "blocked",
  "messageGone",
  "unsubscribed",
  "erased",
  "slowDown",
] as const;
export type Problem = (typeof PROBLEMS)[number];

/** Reasons of our own, as they are stored. */
export const UNSUBSCRIBED = why("unsubscribed").reason;
export const ERASED = "Erased";
/** After Telegram's words, which are those of a deleted topic. */
export const TOPICS_OFF = " (topics are turned off in the group)";

/** Telegram documents no codes, so its words are all there is to go by. First match wins. */
const BY_WORDS: readonly [words: RegExp, problem: Problem][] = [
  [new RegExp(`^${UNSUBSCRIBED}$`), "unsubscribed"],
  [new RegExp(`^${ERASED}$`), "erased"],
  [/\(topics are turned off/, "topicsOff"],
  [/message thread not found|topic[_ ](?:deleted|id_invalid|not found)/i, "topicDeleted"],
  [/topic[_ ]closed/i, "topicClosed"],
  [/message to (?:un)?pin not found|message_id_invalid/i, "messageGone"],
  [/rights to (?:manage pinned|pin)|pin.*rights/i, "mayNotPin"],
  [/bot was blocked|user is deactivated|can't initiate conversation/i, "blocked"],
  [/not enough rights|have no rights|write_forbidden|chat_restricted/i, "mayNotWrite"],
  [/chat not found|bot was kicked|bot is not a member/i, "chatGone"],
  [/retry after/i, "slowDown"],
];

/** What a reason means; null for words that are not known. */
export const problemOf = (reason: string | null): Problem | null =>
  reason === null ? null : (BY_WORDS.find(([words]) => words.test(reason))?.[1] ?? null);
