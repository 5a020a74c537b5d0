/** Everything that can be expected to go wrong, closed: each transport maps every code. */
export const ERROR_CODES = [
  "VALIDATION",
  "UNAUTHORIZED",
  "SECOND_FACTOR_REQUIRED",
  "FORBIDDEN",
  "CONFIRMATION_REQUIRED",
  "NOT_FOUND",
  "CONFLICT",
  "RATE_LIMITED",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA",
  "UNAVAILABLE",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** The HTTP status of each code, wherever no protocol's document says otherwise. */
export const HTTP_STATUS: Record<ErrorCode, number> = {
  VALIDATION: 400,
  UNAUTHORIZED: 401,
  /** The password was right; a code is missing or wrong. */
  SECOND_FACTOR_REQUIRED: 401,
  FORBIDDEN: 403,
  /** He may; but his session has to show once more that it is he who holds it. */
  CONFIRMATION_REQUIRED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA: 415,
  UNAVAILABLE: 503,
};

/** An expected failure. Its message is written for the caller and may be shown; anything else stays behind "Internal server error". */
export class DomainError extends Error {
  readonly code: ErrorCode;
  /** With `RATE_LIMITED`: seconds until the next try makes sense. */
  readonly retryAfterSeconds: number | null;

  constructor(code: ErrorCode, message: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "DomainError";
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

/** An error in words, without what a failed query was given, which Drizzle appends to its message. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/\nparams:[\s\S]*$/, "") : String(error);

/** What the error is, whatever it was wrapped in; null for the unexpected. */
export function findDomainError(error: unknown): DomainError | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (at instanceof DomainError) return at;
  }
  return null;
}
