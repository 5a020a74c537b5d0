import { TRPCClientError } from "@trpc/client";
import { expect, it } from "vitest";
import { isSoonOver, isTransient, retryDelayMs, sendFailure, toFailure } from "./failure.ts";

function answered(code: string, message: string, retryAfterSeconds: number | null = null) {
  const error = new TRPCClientError(message);
  Object.assign(error, { data: { code, retryAfterSeconds } });
  return error;
}

it("takes no answer for no connection, which may be repeated", () => {
  const failure = toFailure(new TRPCClientError("fetch failed"));
  expect(failure.kind).toBe("offline");
  expect(isTransient(failure)).toBe(true);
});

it("keeps the key and params of a refusal, and nothing of what is none", () => {
  const error = new TRPCClientError("The last Admin cannot be demoted");
  const params = { limit: 10 };
  Object.assign(error, { data: { code: "CONFLICT", key: "auth.passkeyLimit", params } });
  expect(toFailure(error)).toMatchObject({ kind: "conflict", key: "auth.passkeyLimit", params });
  const nothing = { kind: "server", key: null, params: {} };
  expect(toFailure(answered("INTERNAL_SERVER_ERROR", "Internal server error"))).toMatchObject(nothing);
});

it("says when the next try makes sense", () => {
  const failure = toFailure(answered("TOO_MANY_REQUESTS", "Too many requests", 12));
  expect(failure).toMatchObject({ kind: "rateLimited", retryAfterSeconds: 12 });
  expect(sendFailure(failure)).toEqual({ reason: failure, isTransient: true, retryAfterMs: 12_000 });
});

it("waits out a short pause that the server wants, and says a longer one at once", () => {
  const limited = (seconds: number) => toFailure(answered("TOO_MANY_REQUESTS", "Too many requests", seconds));
  expect([limited(5), limited(6)].map(isSoonOver)).toEqual([true, false]);
  expect(retryDelayMs(limited(5), 0)).toBe(5_000);
  const offline = toFailure(new TRPCClientError("fetch failed"));
  expect(isSoonOver(offline)).toBe(true);
  expect([0, 1].map((failures) => retryDelayMs(offline, failures))).toEqual([1_000, 2_000]);
});

it("does not repeat what was refused", () => {
  for (const code of ["FORBIDDEN", "NOT_FOUND", "CONFLICT", "UNAUTHORIZED"]) {
    expect(isTransient(toFailure(answered(code, "no")))).toBe(false);
  }
});
