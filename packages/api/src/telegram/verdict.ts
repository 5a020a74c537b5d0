import type { Verdict } from "../outbox/outbox.ts";
import { backoffMs } from "../outbox/worker.ts";
import type { BotError } from "./bot.ts";

/** An outage is asked about often, so that what waited leaves soon after it ends. */
const MAX_OUTAGE_BACKOFF_MS = 8_000;

/** How long a refusal that Pult does not know is waited with before it is put aside. */
const UNLISTED_MS = 60_000;

/** What a refusal means for any call; a caller decides first about what it can mend. */
export function verdictOf(error: BotError, attempts: number): Verdict<never> {
  const reason = error.message;
  switch (error.failure) {
    case "flood":
      return { state: "wait", scope: "bucket", delayMs: error.retryAfterMs ?? backoffMs(attempts), reason };
    case "down":
      return { state: "wait", scope: "provider", delayMs: backoffMs(attempts, MAX_OUTAGE_BACKOFF_MS), reason };
    // Nothing passes: until the token is right again, which is looked for often.
    case "unauthorized":
      return { state: "wait", scope: "provider", delayMs: backoffMs(attempts, MAX_OUTAGE_BACKOFF_MS), reason };
    // It may pass later, and must not be lost: seen meanwhile, then put aside.
    case "unlisted":
      return { state: "wait", scope: "item", delayMs: backoffMs(attempts), parkAfterMs: UNLISTED_MS, reason };
    case "unchanged":
    case "gone":
      return { state: "done" };
    case "topicMissing":
    case "topicClosed":
    case "migrated":
    case "form":
    case "noRight":
    case "forbidden":
    case "unpaid":
    case "rejected":
      return { state: "failed", reason };
  }
}
