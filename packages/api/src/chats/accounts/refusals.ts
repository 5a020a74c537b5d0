import { TelegramFailure } from "../engine/port.ts";
import { chatsError } from "../errors.ts";

/** How long to wait where Telegram does not say it. */
const FLOOD_SECONDS = 60;

const NAMED: Readonly<Record<string, () => Error>> = {
  API_ID_INVALID: () => chatsError("apiRefused"),
  API_ID_PUBLISHED_FLOOD: () => chatsError("apiRefused"),
  PHONE_CODE_INVALID: () => chatsError("codeInvalid"),
  PHONE_CODE_EMPTY: () => chatsError("codeInvalid"),
  PHONE_CODE_EXPIRED: () => chatsError("codeExpired"),
  PHONE_CODE_HASH_EMPTY: () => chatsError("codeExpired"),
  PHONE_HASH_EXPIRED: () => chatsError("codeExpired"),
  PASSWORD_HASH_INVALID: () => chatsError("passwordInvalid"),
};

/**
 * What a caller is told of a failure while an account is linked or asked about itself. Anything that is no failure of Telegram's stays what it
 * is.
 */
export function refusalOf(error: unknown, accountId: string): unknown {
  if (!(error instanceof TelegramFailure)) return error;
  const { kind, reason } = error;
  const options = { cause: error };
  if (kind === "expired") return chatsError("accountExpired", {}, { ...options, details: { accountId } });
  if (kind === "flood" || (kind === "refused" && reason.endsWith("_FLOOD") && !NAMED[reason])) {
    const seconds = error.waitSeconds || FLOOD_SECONDS;
    return chatsError("floodWait", { seconds }, { ...options, retryAfterSeconds: seconds });
  }
  if (kind === "refused" && reason.startsWith("PHONE_NUMBER_")) return chatsError("phoneInvalid", { reason }, options);
  return (kind === "refused" && NAMED[reason]?.()) || chatsError("telegramFailed", { reason }, options);
}
