import type { SendFailure } from "@pult/api/connection/outbox.ts";
import { isTRPCClientError } from "@trpc/client";

/** Why a call failed, as far as a person needs to know. */
export type Failure = {
  kind:
    | "offline"
    | "signedOut"
    | "forbidden"
    | "notFound"
    | "conflict"
    | "rateLimited"
    | "invalid"
    | "tooLarge"
    | "server";
  /** The server's own words, when it gave any. */
  detail: string | null;
  retryAfterSeconds: number | null;
};

const KINDS: Record<string, Failure["kind"]> = {
  UNAUTHORIZED: "signedOut",
  FORBIDDEN: "forbidden",
  NOT_FOUND: "notFound",
  CONFLICT: "conflict",
  PRECONDITION_FAILED: "conflict",
  TOO_MANY_REQUESTS: "rateLimited",
  BAD_REQUEST: "invalid",
  UNPROCESSABLE_CONTENT: "invalid",
  PAYLOAD_TOO_LARGE: "tooLarge",
};

function retryAfter(data: unknown): number | null {
  if (typeof data !== "object" || data === null || !("retryAfterSeconds" in data)) return null;
  return typeof data.retryAfterSeconds === "number" ? data.retryAfterSeconds : null;
}

function errorCode(data: unknown): string | null {
  if (typeof data !== "object" || data === null || !("code" in data)) return null;
  return typeof data.code === "string" ? data.code : null;
}

/** The password was right, and a code is missing or wrong. */
export function isSecondFactorWanted(error: unknown): boolean {
  if (!isTRPCClientError(error)) return false;
  const { data } = error;
  return typeof data === "object" && data !== null && "reason" in data && data.reason === "SECOND_FACTOR_REQUIRED";
}

/** No answer at all is `offline`: the call may or may not have arrived, and is safe to repeat with the same client id. */
export function toFailure(error: unknown): Failure {
  if (!isTRPCClientError(error)) return { kind: "server", detail: null, retryAfterSeconds: null };
  const code = errorCode(error.data);
  if (code === null) return { kind: "offline", detail: null, retryAfterSeconds: null };
  const kind = KINDS[code] ?? "server";
  return { kind, detail: kind === "server" ? null : error.message, retryAfterSeconds: retryAfter(error.data) };
}

/** Whether trying again by itself makes sense. */
export function isTransient(failure: Failure): boolean {
  return failure.kind === "offline" || failure.kind === "server" || failure.kind === "rateLimited";
}

const PATIENCE_SECONDS = 5;

/** Whether to ask again by oneself before anything is said of it. A longer pause that the server wants is told. */
export function isSoonOver(failure: Failure): boolean {
  return isTransient(failure) && (failure.retryAfterSeconds ?? 0) <= PATIENCE_SECONDS;
}

/** When to ask again: as late as the server says, and later after each failure. @param failures before this one */
export const retryDelayMs = ({ retryAfterSeconds }: Failure, failures: number): number =>
  Math.max((retryAfterSeconds ?? 0) * 1000, 1000 * 2 ** failures);

/** The same for an outbox. */
export function sendFailure(failure: Failure): SendFailure<Failure> {
  const retryAfterMs = (failure.retryAfterSeconds ?? 0) * 1000;
  return { reason: failure, isTransient: isTransient(failure), retryAfterMs };
}
