import type { DomainError } from "../../errors.ts";
import { type FailureKind, TelegramFailure } from "../engine/port.ts";
import { chatsError } from "../errors.ts";
import type { Told } from "../schema.ts";
import { tellChatsError } from "../told.ts";

/** Why a message was not sent, as it is stored. */
export interface StoredFailure {
  kind: FailureKind;
  /** Telegram's own name. */
  reason: string;
  waitSeconds: number;
  /** Whether it may have arrived all the same. */
  isUncertain: boolean;
}

export const storedFailure = ({ kind, reason, waitSeconds }: TelegramFailure, isUncertain = false): StoredFailure => ({
  kind,
  reason,
  waitSeconds,
  isUncertain,
});

/** Stops what an account sends until a person resumes it. @see https://core.telegram.org/api/errors */
export const STOPPING = /^PEER_FLOOD$|^FROZEN_/;

/** What a person or a group does not allow, or Telegram does not allow the account. */
const FORBIDDEN =
  /_FORBIDDEN$|_RESTRICTED$|BLOCKED|BANNED|^PEER_FLOOD$|ADMIN_REQUIRED$|_PRIVATE$|^FROZEN_|PAYMENT_REQUIRED|_PRIVACY_|_TOO_MUCH$|DEACTIVATED/;
const NO_REPLY = /^(REPLY_)?MESSAGE_ID_INVALID$|^REPLY_TO_INVALID$/;

/** A failure of a call about a chat, for callers. */
export function refusalOfCall(error: unknown, accountId: string): unknown {
  return error instanceof TelegramFailure ? refusalOf(storedFailure(error), { accountId }) : error;
}

function refusalOf(
  { kind, reason, waitSeconds, isUncertain }: StoredFailure,
  { accountId, clientId }: { accountId: string; clientId?: string },
): DomainError {
  switch (kind) {
    case "expired":
      return chatsError("accountExpired", {}, { details: { accountId } });
    case "flood":
      return chatsError("floodWait", { seconds: waitSeconds }, { retryAfterSeconds: waitSeconds });
    case "down":
      return clientId === undefined
        ? chatsError("telegramFailed", { reason })
        : chatsError("sendLost", {}, { details: { originalError: reason, clientId, uncertain: isUncertain } });
    case "refused":
      if (NO_REPLY.test(reason) && clientId !== undefined) return chatsError("replyNotFound");
      return FORBIDDEN.test(reason) ? chatsError("refused", { reason }) : chatsError("telegramFailed", { reason });
  }
}

interface FailedSend {
  error: unknown;
  clientId: string;
}

const UNKNOWN: StoredFailure = { kind: "down", reason: "INTERNAL", waitSeconds: 0, isUncertain: true };

export const refusalOfSend = ({ error, clientId }: FailedSend, accountId: string): DomainError =>
  refusalOf((error as StoredFailure | null) ?? UNKNOWN, { accountId, clientId });

export const toldOfSend = (row: FailedSend, accountId: string): Told | null =>
  row.error === null ? null : tellChatsError(refusalOfSend(row, accountId));
