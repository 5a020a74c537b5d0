import { why } from "@pult/api/outbox/why.ts";
import { BotError, type BotFailure } from "@pult/api/telegram/bot.ts";
import { type Api, HttpError } from "grammy/web";
import { findCode, mayHaveArrived } from "./network-errors.ts";

/**
 * Telegram documents no error codes below the HTTP status, so its words are all there is to go by. First match wins; what matches nothing is
 * `unlisted`: it waits and is shown.
 */
const FAILURE_BY_WORDS: readonly [words: RegExp, failure: BotFailure][] = [
  [/message is not modified/i, "unchanged"],
  [/message thread not found|topic[_ ](?:deleted|id_invalid|not found)/i, "topicMissing"],
  [/topic[_ ]closed/i, "topicClosed"],
  [/message to (?:edit|delete|react) not found|message_id_invalid/i, "gone"],
  [/wrong file_id|message to (?:pin|unpin) not found|^conflict/i, "rejected"],
  [/balance[_ ]too[_ ]low|not enough stars|paid[_ ]broadcast|payment[_ ]required/i, "unpaid"],
  [
    /photo_(?:invalid|ext|save|crop)|invalid_dimensions|image_process_failed|(?:photo|media|file|video|sticker)_invalid/i,
    "form",
  ],
  [/caption (?:is )?too long|media_caption_too_long|entit(?:y|ies)[_ ]|can't parse entities/i, "form"],
  [/voice_messages_forbidden|restricted receiving of|wrong (?:type|file)|type of file|can't use file/i, "form"],
  [
    /messages? (?:to (?:copy|forward) not found|can't be (?:copied|forwarded))|no messages to (?:copy|forward)/i,
    "form",
  ],
  [
    /chat_forwards_restricted|protected content|file (?:is too big|must be|too large)|file_part|file reference/i,
    "form",
  ],
  [/not enough rights|have no rights|need administrator|chat_admin_required|chat_write_forbidden/i, "noRight"],
  [/chat_restricted|chat_send_\w+_forbidden|chat_guest_send_forbidden/i, "noRight"],
  [
    /chat not found|user not found|peer_id_invalid|user is deactivated|input_user_deactivated|channel_private/i,
    "forbidden",
  ],
  [/bot was (?:blocked|kicked)|user_is_blocked|not a member|can't (?:initiate|send messages to)/i, "forbidden"],
  [/group chat was de(?:activated|leted)/i, "forbidden"],
  [
    /text is empty|text must be non-empty|(?:message|text)[_ ](?:is )?too[_ ]long|wrong topic name|bad webhook/i,
    "rejected",
  ],
  [/message can't be (?:edited|deleted)|no (?:text|caption|media) in the message|edit_time_expired/i, "rejected"],
  [
    /not a forum|chat_not_forum|method is available|business_(?:peer|connection)\w*|reaction_(?:invalid|empty)/i,
    "rejected",
  ],
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
  // The token is another's by now, or revoked.
  if (status === 401 || status === 404) return new BotError("unauthorized", description);
  if (status === 413) return new BotError("form", description);
  const known = FAILURE_BY_WORDS.find(([words]) => words.test(description));
  return new BotError(known?.[1] ?? (status === 403 ? "forbidden" : "unlisted"), description);
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
