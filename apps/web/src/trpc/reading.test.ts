import { expect, it } from "vitest";
import { Reading } from "./reading.ts";

it("gives what was heard since it was asked, and no answer that something newer has overtaken", async () => {
  const reading = new Reading<string>();
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  reading.hear("before");
  const asked = [reading.read(() => first.promise), reading.read(() => second.promise)];
  reading.hear("meanwhile");
  second.resolve("newer");
  expect(await asked[1]).toEqual({ answer: "newer", heard: ["meanwhile"] });
  first.reject(new Error("older"));
  expect(await asked[0]).toBeNull();
  const dropped = reading.read(async () => "older than a snapshot");
  reading.drop();
  expect(await dropped).toBeNull();
  await expect(reading.read(() => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
});
