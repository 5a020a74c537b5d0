import { TRPCError } from "@trpc/server";
import { getErrorShape } from "@trpc/server/unstable-core-do-not-import";
import { expect, it } from "vitest";
import { z } from "zod";
import { DomainError, ERROR_CODES } from "./errors.ts";
import { appRouter } from "./root.ts";

const shapeOf = (error: TRPCError) =>
  getErrorShape({
    config: appRouter._def._config,
    ctx: undefined,
    error,
    input: undefined,
    path: "support.send",
    type: "mutation",
  });

/** As tRPC wraps whatever a procedure throws. */
const wrapped = (cause: Error, code: TRPCError["code"] = "INTERNAL_SERVER_ERROR") =>
  shapeOf(new TRPCError({ code, cause, message: cause.message }));

it.each(ERROR_CODES)("trpc maps the domain error %s to a status of its own, with its words", (code) => {
  const shape = wrapped(new DomainError(code, "Said for the caller"));
  expect(shape.message).toBe("Said for the caller");
  expect(shape.data).toMatchObject({ reason: code, retryAfterSeconds: null });
  expect(shape.data.httpStatus).toBeGreaterThanOrEqual(400);
  expect(shape.data.code).not.toBe("INTERNAL_SERVER_ERROR");
});

it("trpc gives every domain error another status, but for what is missing still", () => {
  const statuses = ERROR_CODES.map((code) => wrapped(new DomainError(code, "x")).data.httpStatus);
  // A missing code is a sign-in that has not succeeded yet, a missing confirmation forbids; their `reason` says which.
  expect(new Set(statuses).size).toBe(ERROR_CODES.length - 2);
  expect(statuses).not.toContain(500);
});

it("trpc finds a domain error in what it was wrapped in, and keeps its time to wait", () => {
  const cause = new DomainError("RATE_LIMITED", "Too fast", { retryAfterSeconds: 7 });
  const shape = wrapped(new Error("outer", { cause: new Error("inner", { cause }) }));
  expect(shape).toMatchObject({ message: "Too fast", data: { httpStatus: 429, retryAfterSeconds: 7 } });
});

it("trpc says nothing of an unexpected error, nor of its cause", () => {
  const shape = wrapped(new Error("password=hunter2", { cause: new Error("select * from sessions") }));
  expect(shape).toMatchObject({ message: "Internal server error", data: { httpStatus: 500, reason: null } });
  expect(JSON.stringify(shape)).not.toMatch(/hunter2|sessions|stack/);
});

it("trpc names the first wrong field of an input", () => {
  const { error } = z.object({ photoIds: z.array(z.string()) }).safeParse({ photoIds: [1] });
  if (!error) throw new Error("The input was right");
  const shape = wrapped(error, "BAD_REQUEST");
  expect(shape.message).toMatch(/^photoIds\.0: /);
  expect(shape.data).toMatchObject({ httpStatus: 400, reason: "VALIDATION" });
});
