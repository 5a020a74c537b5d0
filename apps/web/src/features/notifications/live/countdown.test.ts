import { expect, it } from "vitest";
import { countdownText } from "./countdown.tsx";

it.each([
  [38_000, "0:38"],
  [37_001, "0:38"],
  [185_000, "3:05"],
  [3_600_000, "1:00:00"],
  [90_061_000, "25:01:01"],
  [-5, "0:00"],
])("writes %d ms as %s", (ms, text) => {
  expect(countdownText(ms)).toBe(text);
});
