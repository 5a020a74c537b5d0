import { expect, it } from "vitest";
import { countFaults, floodSecondsLeft } from "./fault-panel.tsx";
import { FAULTS_OFF } from "./testing.ts";

const NOW = Date.parse("2026-11-01T10:00:00.000Z");

it("counts down to the end of a flood wait and not below", () => {
  expect(floodSecondsLeft({ floodUntil: "2026-11-01T10:00:06.500Z" }, NOW)).toBe(7);
  expect(floodSecondsLeft({ floodUntil: "2026-11-01T09:59:00.000Z" }, NOW)).toBe(0);
  expect(floodSecondsLeft({ floodUntil: null }, NOW)).toBe(0);
});

it("counts active faults, and a flood wait only until it ends", () => {
  expect(countFaults(FAULTS_OFF, NOW)).toBe(0);
  expect(countFaults({ ...FAULTS_OFF, floodUntil: "2026-11-01T09:59:00.000Z", delayMs: 800 }, NOW)).toBe(1);
  expect(
    countFaults(
      {
        ...FAULTS_OFF,
        floodUntil: "2026-11-01T10:01:00.000Z",
        serverErrorPercent: 20,
        telegramDown: true,
        delayMs: 1,
        pushStatus: 429,
        instagramApi: "lost",
        instagramWebhooks: "twice",
      },
      NOW,
    ),
  ).toBe(7);
});
