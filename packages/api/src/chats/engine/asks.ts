import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { perProcess } from "../../per-process.ts";
import { declareLatest, internalOnly } from "../../realtime/topic.ts";
import type { LinkedAccount } from "./account.ts";
import { CALLS, type CallInput, type CallName, type CallResult } from "./calls.ts";
import { type FailureKind, TelegramFailure } from "./port.ts";

/** How long a caller waits for the node that holds the account. */
export const ASK_TIMES = { answerMs: 25_000, againMs: 1_000 };

const ask = z.object({ id: z.string(), name: z.string(), input: z.unknown() });
type Ask = z.infer<typeof ask>;

/** Calls for the node that holds an account. Key: account id. */
const asksTopic = declareLatest<string, Ask>("chats.asks", { value: ask, mayRead: internalOnly });

const answer = z.object({
  result: z.unknown().optional(),
  failure: z
    .object({ kind: z.string(), reason: z.string(), waitSeconds: z.number(), mayHaveHappened: z.boolean() })
    .optional(),
});
type Answer = z.infer<typeof answer>;
/** Key: the ask's id. */
const answersTopic = declareLatest<string, Answer>("chats.answers", { value: answer, mayRead: internalOnly });

/** Makes a call through an account, on whatever node holds it. @throws TelegramFailure */
export async function callAccount<Name extends CallName>(
  ctx: Context,
  accountId: string,
  name: Name,
  input: CallInput<Name>,
): Promise<CallResult<Name>> {
  const id = randomUUID();
  const { bus } = ctx;
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const stop = bus.subscribeLatest(answersTopic.name(id), (value) => resolve(value as Answer));
  const publish = () => bus.publishLatest(asksTopic.name(accountId), { id, name, input });
  // The node that holds the account may be about to: it is asked again until it answers, and works on an ask once.
  const again = setInterval(publish, ASK_TIMES.againMs);
  const late = setTimeout(
    () => resolve({ failure: { kind: "down", reason: "TIMEOUT", waitSeconds: 0, mayHaveHappened: true } }),
    ASK_TIMES.answerMs,
  );
  publish();
  try {
    const { failure, result } = await promise;
    if (!failure) return result as CallResult<Name>;
    throw new TelegramFailure(failure.kind as FailureKind, failure.reason, failure);
  } finally {
    clearInterval(again);
    clearTimeout(late);
    stop();
  }
}

/** Asks that are worked on, or were lately. */
const seenAsks = perProcess(() => new Set<string>());
const MAX_SEEN = 10_000;

/** Answers the calls that are meant for this account. @returns stop */
export function answerAsks(account: LinkedAccount): () => void {
  const { bus, background } = account.ctx;
  const seen = seenAsks(account.ctx);
  return bus.subscribeLatest(asksTopic.name(account.target.accountId), (value) => {
    const { id, name, input } = value as Ask;
    if (seen.has(id) || !account.isUp) return;
    if (seen.size >= MAX_SEEN) seen.clear();
    seen.add(id);
    background.run("A call for a Telegram account failed", async () => {
      bus.publishLatest(answersTopic.name(id), await answerTo(account, name as CallName, input));
    });
  });
}

async function answerTo(account: LinkedAccount, name: CallName, input: unknown): Promise<Answer> {
  try {
    const call = CALLS[name] as (account: LinkedAccount, input: unknown) => Promise<unknown>;
    return { result: await call(account, input) };
  } catch (error) {
    if (!(error instanceof TelegramFailure)) {
      account.ctx.log.error({ err: error, call: name }, "A call for a Telegram account failed");
      return { failure: { kind: "down", reason: "INTERNAL", waitSeconds: 0, mayHaveHappened: true } };
    }
    const { kind, reason, waitSeconds, mayHaveHappened } = error;
    if (kind === "expired") account.expire(reason);
    return { failure: { kind, reason, waitSeconds, mayHaveHappened } };
  }
}
