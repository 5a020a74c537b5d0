import type { SendFailure } from "@pult/api/connection/send-queue.ts";
import type { ErrorKey } from "@pult/api/error-keys.ts";
import type { ErrorParams } from "@pult/api/errors.ts";

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
  /** Which refusal, when it is one; a newer server may know more of them than this page. */
  key: ErrorKey | null;
  params: ErrorParams;
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

/** What is read of an error's `data`, which another version of the server may have written. */
type ErrorData = { code?: unknown; key?: unknown; params?: unknown; retryAfterSeconds?: unknown };

/** What a refusal says of itself, on whatever transport. */
export const refusalOf = ({ key, params }: ErrorData): Pick<Failure, "key" | "params"> => ({
  key: typeof key === "string" ? (key as ErrorKey) : null,
  params: typeof params === "object" && params !== null ? (params as ErrorParams) : {},
});

const NOTHING = { key: null, params: {}, retryAfterSeconds: null };

/** No answer at all is `offline`: the call may or may not have arrived, and is safe to repeat with the same client id. */
export function toFailure(error: unknown): Failure {
  if (!(error instanceof Error) || error.name !== "TRPCClientError") return { kind: "server", ...NOTHING };
  const { data } = error as Error & { data?: ErrorData };
  if (typeof data?.code !== "string") return { kind: "offline", ...NOTHING };
  const { retryAfterSeconds } = data;
  return {
    kind: KINDS[data.code] ?? "server",
    ...refusalOf(data),
    retryAfterSeconds: typeof retryAfterSeconds === "number" ? retryAfterSeconds : null,
  };
}

/** Whether trying again by itself makes sense. */
export function isTransient(failure: Failure): boolean {
  return failure.kind === "offline" || failure.kind === "server" || failure.kind === "rateLimited";
}

const MAX_QUIET_SECONDS = 5;

/** Whether to ask again by oneself before anything is said of it. A longer pause that the server wants is told. */
export function isSoonOver(failure: Failure): boolean {
  return isTransient(failure) && (failure.retryAfterSeconds ?? 0) <= MAX_QUIET_SECONDS;
}

/** When to ask again: as late as the server says, and later after each failure. @param failures before this one */
export const retryDelayMs = ({ retryAfterSeconds }: Failure, failures: number): number =>
  Math.max((retryAfterSeconds ?? 0) * 1000, 1000 * 2 ** failures);

/** The same for a send queue. */
export function sendFailure(failure: Failure): SendFailure<Failure> {
  const retryAfterMs = (failure.retryAfterSeconds ?? 0) * 1000;
  return { reason: failure, isTransient: isTransient(failure), retryAfterMs };
}
