import { Api, errors } from "telegram";
import { expect, test } from "vitest";
import { isFileReferenceError, migrationOf, toFailure } from "./failures.ts";

/** As gramjs makes an error of Telegram's answer. */
const refusal = (errorMessage: string, errorCode = 400) =>
  errors.RPCMessageToError(new Api.RpcError({ errorCode, errorMessage }), new Api.help.GetConfig());

test.each([
  ["FLOOD_WAIT_7", 420, { kind: "flood", reason: "FLOOD_WAIT_7", waitSeconds: 7 }],
  ["FLOOD_PREMIUM_WAIT_9", 420, { kind: "flood", waitSeconds: 9 }],
  ["SLOWMODE_WAIT_30", 420, { kind: "flood", reason: "SLOWMODE_WAIT_30", waitSeconds: 30 }],
  ["PHONE_PASSWORD_FLOOD", 406, { kind: "flood", reason: "PHONE_PASSWORD_FLOOD", waitSeconds: 86_400 }],
  ["AUTH_KEY_UNREGISTERED", 401, { kind: "expired", reason: "AUTH_KEY_UNREGISTERED" }],
  ["AUTH_KEY_DUPLICATED", 406, { kind: "expired" }],
  ["USER_DEACTIVATED_BAN", 401, { kind: "expired" }],
  ["SESSION_PASSWORD_NEEDED", 401, { kind: "refused", reason: "SESSION_PASSWORD_NEEDED" }],
  ["INTERNAL", 500, { kind: "down", reason: "INTERNAL", mayHaveHappened: true }],
  ["Timeout", -503, { kind: "down", mayHaveHappened: true }],
  ["CHAT_WRITE_FORBIDDEN", 403, { kind: "refused", reason: "CHAT_WRITE_FORBIDDEN" }],
  ["PEER_FLOOD", 400, { kind: "refused", reason: "PEER_FLOOD" }],
] as const)("sorts %s by what to do about it", (name, code, expected) => {
  expect(toFailure(refusal(name, code))).toMatchObject(expected);
});

test("knows where Telegram sends a call, and a stale file", () => {
  for (const name of ["PHONE_MIGRATE_4", "FILE_MIGRATE_4", "NETWORK_MIGRATE_4", "USER_MIGRATE_4"])
    expect(migrationOf(refusal(name, 303))).toBe(4);
  expect(migrationOf(refusal("PEER_ID_INVALID"))).toBeNull();
  expect(isFileReferenceError(refusal("FILE_REFERENCE_0_EXPIRED"))).toBe(true);
});

test("does not know what became of a call whose answer cannot be read", () => {
  expect(toFailure(new errors.TypeNotFoundError(1, Buffer.alloc(0)))).toMatchObject({
    kind: "down",
    mayHaveHappened: true,
  });
});
