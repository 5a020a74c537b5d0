import { expect, it } from "vitest";
import { requestError } from "../errors.ts";
import { chatsError } from "./errors.ts";
import { tellChatsError } from "./told.ts";

it.each([
  [null, "INTERNAL_SERVER_ERROR", undefined],
  [requestError("unauthorized"), "UNAUTHORIZED", undefined],
  [requestError("malformed", {}, { details: { text: "Too long" } }), "VALIDATION_ERROR", { text: "Too long" }],
  [requestError("rateLimited", { seconds: 7 }), "RATE_LIMITED", { waitSeconds: 7, source: "pult" }],
  [chatsError("floodWait", { seconds: 9 }), "RATE_LIMITED", { waitSeconds: 9, source: "telegram" }],
  [
    chatsError("accountExpired", {}, { details: { accountId: "a" } }),
    "AUTH_EXPIRED",
    { requiresReauth: true, accountId: "a" },
  ],
  [chatsError("refused", { reason: "PEER_FLOOD" }), "FORBIDDEN", { reason: "PEER_FLOOD" }],
  [chatsError("wrongStep", { status: "AUTHORIZED" }), "CONFLICT", { status: "AUTHORIZED" }],
  [
    chatsError("telegramFailed", { reason: "PEER_ID_INVALID" }),
    "TELEGRAM_API_ERROR",
    { originalError: "PEER_ID_INVALID" },
  ],
  [chatsError("codeInvalid"), "PHONE_CODE_INVALID", { code: "wrong; try again" }],
  [
    chatsError("phoneInvalid", { reason: "PHONE_NUMBER_INVALID" }),
    "PHONE_NUMBER_INVALID",
    { phoneNumber: "Telegram refuses it (PHONE_NUMBER_INVALID)" },
  ],
  [
    chatsError("phoneInvalid", { reason: "PHONE_NUMBER_BANNED" }),
    "PHONE_NUMBER_INVALID",
    { phoneNumber: "Telegram refuses it (PHONE_NUMBER_BANNED)", reason: "PHONE_NUMBER_BANNED" },
  ],
])("tells %s as %s with its details", (error, code, details) => {
  const told = tellChatsError(error);
  expect([told.code, told.details]).toEqual([code, details]);
});
