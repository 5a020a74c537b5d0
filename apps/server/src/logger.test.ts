import { DrizzleQueryError } from "drizzle-orm";
import { expect, it } from "vitest";
import { describeError } from "./logger.ts";

it("an error's description names what failed, where and why, and nothing that a query was given", () => {
  const refused = Object.assign(new Error('relation "events" does not exist'), { code: "42P01", detail: "canary" });
  const failed = new DrizzleQueryError(
    "select * from events where payload = $1",
    ["canary of a\nparams: canary"],
    refused,
  );
  const wrapped = new Error("The lane failed", { cause: failed });
  const described = describeError(wrapped);
  expect(described).toMatchObject({
    type: "Error",
    message: "The lane failed",
    stack: expect.stringContaining("logger.test.ts"),
    cause: {
      message: "Failed query: select * from events where payload = $1",
      cause: { message: 'relation "events" does not exist', code: "42P01" },
    },
  });
  expect(JSON.stringify(described)).not.toContain("canary");
});

it("a description ends, however errors hang together", () => {
  const circle = new Error("round");
  circle.cause = circle;
  expect(JSON.stringify(describeError(circle)).match(/round/g)).toHaveLength(6);
  const several = new AggregateError([new Error("one"), new Error("two")], "both");
  expect(describeError(several)).toMatchObject({ message: "both", errors: [{ message: "one" }, { message: "two" }] });
  expect(describeError("text")).toBe("text");
});
