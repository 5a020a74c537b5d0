import { expect, it } from "vitest";
import { countFaults, floodSecondsLeft } from "./fault-panel.tsx";

const OFF = { floodUntil: null, serverErrorPercent: 0, telegramDown: false, delayMs: 0, pushStatus: null };
const NOW = Date.parse("2026-11-01T10:00:00.000Z");

it("counts down to the end of a flood wait and not below", () => {
  expect(floodSecondsLeft({ floodUntil: "2026-11-01T10:00:06.500Z" }, NOW)).toBe(7);
  expect(floodSecondsLeft({ floodUntil: "2026-11-01T09:59:00.000Z" }, NOW)).toBe(0);
  expect(floodSecondsLeft({ floodUntil: null }, NOW)).toBe(0);
});

it("counts active faults, and a flood wait only until it ends", () => {
  expect(countFaults(OFF, NOW)).toBe(0);
  expect(countFaults({ ...OFF, floodUntil: "2026-11-01T09:59:00.000Z", delayMs: 800 }, NOW)).toBe(1);
  expect(
    countFaults(
      {
        floodUntil: "2026-11-01T10:01:00.000Z",
        serverErrorPercent: 20,
        telegramDown: true,
        delayMs: 1,
        pushStatus: 429,
      },
      NOW,
    ),
  ).toBe(5);
});
