import type { DomainError, ErrorCode } from "../errors.ts";
import type { chatsError } from "./errors.ts";
import type { Told } from "./schema.ts";

/** Codes of the documented protocol. @see PROTOCOL.md of the gateway `telegram-crm` */
const CODES: Record<ErrorCode, string> = {
  VALIDATION: "VALIDATION_ERROR",
  UNAUTHORIZED: "UNAUTHORIZED",
  AUTH_EXPIRED: "AUTH_EXPIRED",
  SECOND_FACTOR_REQUIRED: "UNAUTHORIZED",
  FORBIDDEN: "FORBIDDEN",
  CONFIRMATION_REQUIRED: "FORBIDDEN",
  NOT_FOUND: "NOT_FOUND",
  CONFLICT: "CONFLICT",
  RATE_LIMITED: "RATE_LIMITED",
  PAYLOAD_TOO_LARGE: "PAYLOAD_TOO_LARGE",
  UNSUPPORTED_MEDIA: "UNSUPPORTED_MEDIA",
  UPSTREAM_FAILED: "TELEGRAM_API_ERROR",
  UNAVAILABLE: "UNAVAILABLE",
};

/** Telegram's word on a well-formed value. */
const CODES_OF_KEYS: Readonly<Record<string, string>> = {
  "chats.phoneInvalid": "PHONE_NUMBER_INVALID",
  "chats.codeInvalid": "PHONE_CODE_INVALID",
  "chats.codeExpired": "PHONE_CODE_EXPIRED",
  "chats.passwordInvalid": "PASSWORD_INVALID",
} satisfies Partial<Record<`chats.${keyof (typeof chatsError)["declared"]}`, string>>;

/** A phone number that is merely wrong; other reasons are told. */
const PLAIN_REASON = "PHONE_NUMBER_INVALID";

/** An error as the documented protocol prints it, on every transport; null is the unexpected. */
export function tellChatsError(error: DomainError | null): Told {
  if (!error) return { code: "INTERNAL_SERVER_ERROR", message: "An unexpected error occurred" };
  const details = { ...derivedDetails(error), ...error.details };
  return {
    code: CODES_OF_KEYS[error.key] ?? CODES[error.code],
    message: error.message,
    ...(Object.keys(details).length > 0 ? { details } : {}),
  };
}

/** What follows from the error's code and params. */
function derivedDetails({ code, key, message, params, retryAfterSeconds }: DomainError): Record<string, unknown> {
  const reason = params.reason === undefined ? {} : { reason: params.reason };
  switch (code) {
    case "VALIDATION": {
      // Refusals of a field begin with its name.
      const [, field, text] = /^(\w+): (.*)$/s.exec(message) ?? [];
      const named = field === undefined ? {} : { [field]: text };
      return { ...named, ...(reason.reason === PLAIN_REASON ? {} : reason) };
    }
    case "AUTH_EXPIRED":
      return { requiresReauth: true };
    case "FORBIDDEN":
      return reason;
    case "CONFLICT":
      return params.status === undefined ? {} : { status: params.status };
    case "RATE_LIMITED": {
      const waitSeconds = retryAfterSeconds ?? Number(params.seconds ?? 1);
      return { waitSeconds, source: key === "chats.floodWait" ? "telegram" : "pult" };
    }
    case "UPSTREAM_FAILED":
      return { originalError: params.reason ?? "TIMEOUT" };
    default:
      return {};
  }
}
