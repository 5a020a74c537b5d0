import { TRPCError } from "@trpc/server";
import { getErrorShape } from "@trpc/server/unstable-core-do-not-import";
import { expect, it } from "vitest";
import { z } from "zod";
import type { Deps } from "./context.ts";
import { declareErrors, type ErrorCode, HTTP_STATUS, requestError } from "./errors.ts";
import { appRouter } from "./root.ts";
import { callerOf } from "./testing/factories.ts";

const shapeOf = (error: TRPCError) =>
  getErrorShape({
    config: appRouter._def._config,
    ctx: undefined,
    error,
    input: undefined,
    path: "support.send",
    type: "mutation",
  });

const errorOf = (code: ErrorCode) =>
  declareErrors("test", { refused: [code, "Not {what}"] })("refused", { what: "now" });

/** As tRPC wraps whatever a procedure throws. */
const wrapped = (cause: Error, code: TRPCError["code"] = "INTERNAL_SERVER_ERROR") =>
  shapeOf(new TRPCError({ code, cause, message: cause.message }));

const CODES = Object.keys(HTTP_STATUS) as ErrorCode[];

it.each(CODES)("trpc maps the domain error %s to a status of its own, with its key and params", (code) => {
  const shape = wrapped(errorOf(code));
  expect(shape.message).toBe("Not now");
  expect(shape.data).toMatchObject({
    reason: code,
    key: "test.refused",
    params: { what: "now" },
    retryAfterSeconds: null,
  });
  expect(shape.data.httpStatus).toBeGreaterThanOrEqual(400);
  expect(shape.data.code).not.toBe("INTERNAL_SERVER_ERROR");
});

it("trpc gives every domain error another status, but for what is missing still", () => {
  const statuses = CODES.map((code) => wrapped(errorOf(code)).data.httpStatus);
  // A missing code is a sign-in that has not succeeded yet, a missing confirmation forbids; their `reason` says which.
  expect(new Set(statuses).size).toBe(CODES.length - 2);
  expect(statuses).not.toContain(500);
});

it("trpc finds a domain error in what it was wrapped in, and keeps its time to wait", () => {
  const cause = requestError("rateLimited", { seconds: 7 }, { retryAfterSeconds: 7 });
  const shape = wrapped(new Error("outer", { cause: new Error("inner", { cause }) }));
  expect(shape).toMatchObject({
    message: "Too many requests; try again in 7 s",
    data: { httpStatus: 429, retryAfterSeconds: 7 },
  });
});

it("trpc runs a call when its transport schedules it, and schedules none that the policy refuses", async () => {
  const scheduled: (() => Promise<unknown>)[] = [];
  const schedule = <Result>(call: () => Promise<Result>) =>
    new Promise<Result>((resolve) => scheduled.push(async () => resolve(await call())));
  const deps = { push: { vapidPublicKey: "key" } } as unknown as Deps;
  const { support } = callerOf(deps, { kind: "anonymous" }, undefined, { schedule });
  const answer = support.vapidPublicKey();
  await expect(support.inbox()).rejects.toThrow("Sign in first");
  expect(scheduled).toHaveLength(1);
  await scheduled[0]?.();
  expect(await answer).toEqual({ key: "key" });
});

it("trpc says nothing of an unexpected error, nor of its cause", () => {
  const shape = wrapped(new Error("password=hunter2", { cause: new Error("select * from sessions") }));
  expect(shape).toMatchObject({ message: "Internal server error", data: { httpStatus: 500, reason: null } });
  expect(JSON.stringify(shape)).not.toMatch(/hunter2|sessions|stack/);
});

it.each([
  { input: { photoIds: [1] }, field: "photoIds.0", key: "request.invalidField", params: {} },
  { input: { photoIds: ["long"] }, field: "photoIds.0", key: "request.aboveMaximum", params: { maximum: 3 } },
  { input: { photoIds: [] }, field: "photoIds", key: "request.belowMinimum", params: { minimum: 1 } },
])("trpc names the first wrong field of $input, as $key", ({ input, field, key, params }) => {
  const { error } = z.object({ photoIds: z.array(z.string().max(3)).min(1) }).safeParse(input);
  if (!error) throw new Error("The input was right");
  const shape = wrapped(error, "BAD_REQUEST");
  expect(shape.message.startsWith(`${field}: `)).toBe(true);
  expect(shape.data).toMatchObject({ httpStatus: 400, reason: "VALIDATION", key, params: { field, ...params } });
});
