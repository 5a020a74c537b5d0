import { why } from "@pult/api/outbox/why.ts";
import type { PushMessage, PushResult } from "@pult/api/push/sender.ts";

const MAX_TTL_SECONDS = 2_419_200;

/** For how long the message is kept for its device, from 0 to four weeks. */
export const ttlOf = ({ ttlSeconds }: PushMessage): number =>
  Math.min(Math.max(Math.trunc(ttlSeconds), 0), MAX_TTL_SECONDS);

export const failed = (reason: string, providerStatus: number | null = null): PushResult => ({
  state: "failed",
  providerStatus,
  reason,
});

/** @param service whose answer did not come */
export function unanswered(error: unknown, service: string): PushResult {
  const timedOut = error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
  const { reason } = why(timedOut ? "noAnswer" : "unreachable", { service });
  return { state: "retry", providerStatus: null, reason, retryAfterMs: null };
}
