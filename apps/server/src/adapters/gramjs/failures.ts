import { EXPIRED_REASONS, TelegramFailure } from "@pult/api/chats/engine/port.ts";
import { errors } from "telegram";

/** Telegram's, as `RPCMessageToError` leaves it; classes of its list replace the name by words. */
interface RpcError {
  code: number | undefined;
  errorMessage: string;
  seconds?: number;
  newDc?: number;
}

export const isRpcError = (error: unknown): error is Error & RpcError => error instanceof errors.RPCError;

/** The data centre that Telegram sends the call to; null for errors of other kinds. */
export const migrationOf = (error: unknown): number | null =>
  isRpcError(error) && error.newDc !== undefined ? error.newDc : null;

/** The call waited for another one that failed: it has not been carried out. */
export const isChained = (error: unknown): boolean => error instanceof errors.MsgWaitError;

/** Telegram names no time for it; clients wait for a day. @see https://core.telegram.org/method/auth.checkPassword */
const PASSWORD_FLOOD_SECONDS = 86_400;

/** An internal error of Telegram's, or a time limit of its own: what came of the call is not known. */
const isInternal = ({ code, errorMessage }: RpcError): boolean =>
  errorMessage === "TIMEOUT" || errorMessage === "Timeout" || Math.abs(code ?? 0) >= 500;

/**
 * The agreement on a key failed. With one key in 256, which begins with a zero byte, gramjs takes the other side's proof for a false one: another
 * attempt makes another key.
 */
export const isHandshakeFlaw = (error: unknown): boolean =>
  error instanceof TelegramFailure && error.cause instanceof errors.SecurityError;

/** Whatever a call threw, as the port knows it. */
export function toFailure(error: unknown): TelegramFailure {
  if (error instanceof TelegramFailure) return error;
  // An answer that cannot be read is still the answer to something that was carried out.
  if (!isRpcError(error)) return new TelegramFailure("down", "TIMEOUT", { mayHaveHappened: true, cause: error });
  const { errorMessage, seconds } = error;
  if (seconds !== undefined) return toFlood(error, seconds);
  if (errorMessage === "PHONE_PASSWORD_FLOOD")
    return new TelegramFailure("flood", errorMessage, { waitSeconds: PASSWORD_FLOOD_SECONDS });
  if (EXPIRED_REASONS.includes(errorMessage)) return new TelegramFailure("expired", errorMessage);
  if (isInternal(error)) return new TelegramFailure("down", errorMessage, { mayHaveHappened: true });
  return new TelegramFailure("refused", errorMessage);
}

function toFlood(error: RpcError, seconds: number): TelegramFailure {
  const name = error instanceof errors.SlowModeWaitError ? "SLOWMODE_WAIT" : "FLOOD_WAIT";
  return new TelegramFailure("flood", `${name}_${seconds}`, { waitSeconds: seconds });
}

export const isFileReferenceError = (error: unknown): boolean =>
  isRpcError(error) && error.errorMessage.startsWith("FILE_REFERENCE_");
