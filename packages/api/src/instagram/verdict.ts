import type { Verdict } from "../outbox/outbox.ts";
import type { Bucket } from "../outbox/pacer.ts";
import { backoffMs } from "../outbox/worker.ts";
import type { InstagramError } from "./instagram.ts";

/** Meta's quotas are counted over an hour and it rarely names a time. */
const LIMITED_MS = 60_000;
/** An outage is asked about often, so that what waited leaves soon after it ends. */
const MAX_OUTAGE_BACKOFF_MS = 8_000;

/** Meta allows 300 text messages a second for an account; the rest is left to what else the app does. */
export const accountBucket: Bucket = { name: "instagram", limit: { calls: 50, perMs: 1_000 } };
/** Meta allows 750 private replies to comments an hour. */
export const privateReplyBucket: Bucket = { name: "instagram:private", limit: { calls: 600, perMs: 3_600_000 } };

/** What a refusal means for a call that must not be made twice. */
export function verdictOf(error: InstagramError, attempts: number): Verdict<never> {
  const reason = error.message;
  switch (error.failure) {
    case "limited":
      return { state: "wait", scope: "bucket", delayMs: error.retryAfterMs ?? LIMITED_MS, reason };
    case "down":
      if (error.mayHaveArrived) return { state: "unknown", reason };
      return { state: "wait", scope: "provider", delayMs: backoffMs(attempts, MAX_OUTAGE_BACKOFF_MS), reason };
    case "tokenInvalid":
    case "windowClosed":
    case "gone":
    case "refused":
      return { state: "failed", reason };
  }
}
