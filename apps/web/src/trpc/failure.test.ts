import { TRPCClientError } from "@trpc/client";
import { expect, it } from "vitest";
import { isTransient, toFailure } from "./failure.ts";

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

it("keeps the server's words where they are meant for people, and none of its own mistakes", () => {
  expect(toFailure(answered("BAD_REQUEST", "text: too long"))).toMatchObject({
    kind: "invalid",
    detail: "text: too long",
  });
  expect(toFailure(answered("INTERNAL_SERVER_ERROR", "Internal server error")).detail).toBeNull();
});

it("says when the next try makes sense", () => {
  const failure = toFailure(answered("TOO_MANY_REQUESTS", "Too many requests", 12));
  expect(failure).toMatchObject({ kind: "rateLimited", retryAfterSeconds: 12 });
  expect(isTransient(failure)).toBe(true);
});

it("does not repeat what was refused", () => {
  for (const code of ["FORBIDDEN", "NOT_FOUND", "CONFLICT", "UNAUTHORIZED"]) {
    expect(isTransient(toFailure(answered(code, "no")))).toBe(false);
  }
});
