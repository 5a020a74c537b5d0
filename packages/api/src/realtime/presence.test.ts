import { expect, it, vi } from "vitest";
import { describePresence } from "../testing/contracts/presence.ts";
import { createMemoryPresence } from "./presence.ts";

describePresence("memory", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  const presence = createMemoryPresence();
  return {
    here: presence,
    there: presence,
    settled: () => Promise.resolve(),
    pass: async (ms) => void vi.advanceTimersByTime(ms),
    [Symbol.asyncDispose]: async () => void vi.useRealTimers(),
  };
});

it("createMemoryPresence goes on when a listener throws, and reports it", () => {
  const failures: unknown[] = [];
  const presence = createMemoryPresence({ onListenerError: (error) => failures.push(error) });
  const heard: string[] = [];
  const broken = new Error("broken");
  presence.onChange(() => {
    throw broken;
  });
  presence.onChange((key) => heard.push(key));
  presence.enter("app:anna");
  expect([heard, failures]).toEqual([["app:anna"], [broken]]);
});
