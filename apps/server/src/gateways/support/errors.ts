import { type ErrorCode, findDomainError } from "@pult/api/errors.ts";

/** The documented statuses: a caller without the right gets 401. */
export const STATUSES: Record<ErrorCode, number> = {
  VALIDATION: 400,
  UNAUTHORIZED: 401,
  SECOND_FACTOR_REQUIRED: 401,
  FORBIDDEN: 401,
  CONFIRMATION_REQUIRED: 401,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA: 415,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

export interface WireError {
  status: number;
  body: { success: false; error: string };
  /** For `Retry-After`, seconds. */
  retryAfter: number | null;
}

/** What a client is told of an error; null for the unexpected, which says nothing of itself. */
export function encodeError(error: unknown): WireError | null {
  const known = findDomainError(error);
  if (!known) return null;
  return {
    status: STATUSES[known.code],
    body: { success: false, error: known.message },
    retryAfter: known.retryAfterSeconds,
  };
}
