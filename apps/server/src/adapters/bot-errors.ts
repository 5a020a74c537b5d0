import { why } from "@pult/api/outbox/why.ts";
import { BotError, type BotFailure } from "@pult/api/telegram/bot.ts";
import { type Api, HttpError } from "grammy/web";
import { findCode, mayHaveArrived } from "./network-errors.ts";

/** Telegram documents no error codes below the HTTP status, so its words are all there is to go by. First match wins. */
const FAILURE_BY_WORDS: readonly [words: RegExp, failure: BotFailure][] = [
  [/message is not modified/i, "unchanged"],
  [/message thread not found|topic[_ ](?:deleted|id_invalid|not found)/i, "topicMissing"],
  [/message to (?:edit|delete) not found|message_id_invalid/i, "gone"],
  [/balance[_ ]too[_ ]low|not enough stars|paid[_ ]broadcast|payment[_ ]required/i, "unpaid"],
  [/chat not found|user not found|peer_id_invalid|user is deactivated|input_user_deactivated/i, "forbidden"],
  [/bot was (?:blocked|kicked)|not enough rights|have no rights|chat_write_forbidden|chat_restricted/i, "forbidden"],
];

const TELEGRAM = { service: "Telegram" };
const UNREADABLE = why("unreadable", TELEGRAM).reason;

type Transformer = Parameters<Api["config"]["use"]>[0];
type Refusal = Extract<Awaited<ReturnType<Transformer>>, { ok: false }>;

/** Has calls of the Bot API throw `BotError` alone. */
export const throwBotErrors: Transformer = async (call, method, payload, signal) => {
  try {
    const answer = await call(method, payload, signal);
    if (!answer.ok) throw fromAnswer(answer);
    if (answer.result === undefined || answer.result === null)
      throw new BotError("down", `${method}: ${UNREADABLE}`, { mayHaveArrived: true });
    return answer;
  } catch (error) {
    throw toBotError(error, method);
  }
};

/**
 * Whatever a call of the Bot API threw, as the port knows it. Nothing of the original error is kept: grammY's hold the payload, and
 * those of fetch the address, which holds the bot's token.
 * @param method for the words of network failures
 */
export function toBotError(error: unknown, method: string): BotError {
  if (error instanceof BotError) return error;
  const cause = error instanceof HttpError ? error.error : error;
  return new BotError("down", `${method}: ${describeNetworkFailure(cause)}`, {
    mayHaveArrived: mayHaveArrived(findCode(cause)),
  });
}

function fromAnswer({ error_code: status, description: words, parameters = {} }: Refusal): BotError {
  const description = redactTokens(words ?? UNREADABLE);
  const { migrate_to_chat_id: migratedToChatId, retry_after: retryAfter } = parameters;
  if (status === 429) return new BotError("flood", description, { retryAfterMs: (retryAfter ?? 1) * 1000 });
  if (status >= 500) return new BotError("down", description, { mayHaveArrived: status === 504 });
  if (migratedToChatId !== undefined) return new BotError("migrated", description, { migratedToChatId });
  if (status === 403) return new BotError("forbidden", description);
  const known = FAILURE_BY_WORDS.find(([words]) => words.test(description));
  return new BotError(known?.[1] ?? "rejected", description);
}

// A proxy in between may quote the address it was asked for.
function redactTokens(words: string): string {
  return words.replace(/\d{3,}:[A-Za-z0-9_-]{20,}/g, "<token>");
}

function describeNetworkFailure(cause: unknown): string {
  const { reason } = why("unreachable", TELEGRAM);
  if (!(cause instanceof Error)) return reason;
  if (cause.name === "AbortError") return why("callInterrupted").reason;
  if (cause.name === "TimeoutError" || /timed out/.test(cause.message)) return why("noAnswer", TELEGRAM).reason;
  if (cause instanceof SyntaxError) return UNREADABLE;
  const code = findCode(cause);
  return code === null ? reason : `${reason} (${code})`;
}
