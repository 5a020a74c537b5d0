import { expect, test } from "vitest";
import { inOrder } from "./in-order.ts";

test("a call waits for the one before it about the same thing, also when that fails", async () => {
  const asked: string[] = [];
  const first = Promise.withResolvers<string>();
  const resolved = inOrder("conversation 1", () => {
    asked.push("resolve");
    return first.promise;
  });
  const reopened = inOrder("conversation 1", async () => asked.push("reopen"));
  await inOrder("conversation 2", async () => asked.push("another"));
  expect(asked).toEqual(["resolve", "another"]);
  first.reject(new Error("refused"));
  await expect(resolved).rejects.toThrow("refused");
  await reopened;
  expect(asked).toEqual(["resolve", "another", "reopen"]);
});
