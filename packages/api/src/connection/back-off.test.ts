import { expect, it } from "vitest";
import { retryDelayMs } from "./back-off.ts";

it("retryDelayMs tries at once, then doubles from half a second to 30 s, spread over the upper half", () => {
  const ceilings = [0, 1, 2, 3, 6, 7, 8, 1_000].map((attempt) => retryDelayMs(attempt, () => 1));
  expect(ceilings).toEqual([0, 500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000]);
  expect([1, 7].map((attempt) => retryDelayMs(attempt, () => 0))).toEqual([250, 15_000]);
});
