import { InstagramError, type InstagramFailure } from "@pult/api/instagram/instagram.ts";
import { why } from "@pult/api/outbox/why.ts";
import { z } from "zod";
import { findCode, mayHaveArrived } from "./network-errors.ts";
import { parseJson } from "./parse-json.ts";
import { readRetryAfter } from "./retry-after.ts";

export const INSTAGRAM = { service: "Instagram" };

const answerSchema = z.object({
  error: z.object({
    message: z.string().optional(),
    code: z.number().optional(),
    error_subcode: z.number().optional(),
    is_transient: z.boolean().optional(),
  }),
});
const usageSchema = z.record(
  z.string(),
  z.array(z.looseObject({ estimated_time_to_regain_access: z.number().optional() })),
);

/** Quotas of the app, the account, custom ones, and those of Instagram and of messages. @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting */
const LIMIT_CODES = new Set([4, 17, 32, 613, 80002, 80006]);
/** The time in which the person may be written to is over. */
const WINDOW_SUBCODES = new Set([2534022, 2018278]);
/** An object or person that does not exist, or that the account may not reach. */
const GONE_SUBCODES = new Set([33, 2018001, 2534014, 2534013]);

export interface InstagramAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** For the words of failures. */
  method: string;
}

/** What an answer other than a success means. Whatever it quotes, no access token gets into the error. */
export function readRefusal(answer: InstagramAnswer, nowMs: number): InstagramError {
  const { status, method, headers } = answer;
  const error = answerSchema.safeParse(parseJson(answer.text)).data?.error;
  const words = error?.message
    ? redactTokens(error.message).slice(0, 300)
    : `${method}: ${why("answered", { ...INSTAGRAM, status }).reason}`;
  const failure = failureOf(status, error);
  if (failure === "limited") return new InstagramError(failure, words, { retryAfterMs: retryAfterOf(headers, nowMs) });
  // An answer in the API's own form says that the call failed; a proxy's page says nothing about it, except that 503 passes nothing on.
  if (failure === "down") return new InstagramError(failure, words, { mayHaveArrived: !error && status !== 503 });
  return new InstagramError(failure, words);
}

type GraphError = z.infer<typeof answerSchema>["error"];

function failureOf(status: number, error: GraphError | undefined): InstagramFailure {
  const { code, error_subcode: subcode = 0 } = error ?? {};
  if (status === 429 || (code !== undefined && LIMIT_CODES.has(code))) return "limited";
  if (code === 190 || (status === 401 && code === undefined)) return "tokenInvalid";
  if (WINDOW_SUBCODES.has(subcode)) return "windowClosed";
  if (GONE_SUBCODES.has(subcode) || code === 551) return "gone";
  if (status >= 500 || error?.is_transient === true || code === 1 || code === 2 || !error) return "down";
  return "refused";
}

/** Milliseconds; null where Meta names no time. */
function retryAfterOf(headers: Headers, nowMs: number): number | null {
  const named = readRetryAfter(headers.get("retry-after"), nowMs);
  if (named !== null) return named;
  const usage = usageSchema.safeParse(parseJson(headers.get("x-business-use-case-usage") ?? "")).data ?? {};
  const minutes = Math.max(
    0,
    ...Object.values(usage).flatMap((list) => list.map((one) => one.estimated_time_to_regain_access ?? 0)),
  );
  return minutes > 0 ? minutes * 60_000 : null;
}

/** What `fetch` threw. Nothing of it is kept: a message may hold the address, and one of them holds the token. */
export function toInstagramError(error: unknown, method: string): InstagramError {
  if (error instanceof InstagramError) return error;
  const code = findCode(error);
  const late = error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
  const words = why(late ? "noAnswer" : "unreachable", INSTAGRAM).reason;
  return new InstagramError("down", `${method}: ${words}${code && !late ? ` (${code})` : ""}`, {
    mayHaveArrived: mayHaveArrived(code),
  });
}

const redactTokens = (words: string): string => words.replace(/\b(IG|EA)[A-Za-z0-9_-]{20,}/g, "<token>");
