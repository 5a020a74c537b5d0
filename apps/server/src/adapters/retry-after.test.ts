import { expect, it } from "vitest";
import { readRetryAfter } from "./retry-after.ts";

const NOW = Date.UTC(2026, 10, 21, 10, 0, 0);

it.each([
  ["0", 0],
  ["7", 7000],
  [" 120 ", 120_000],
  ["999999999", 86_400_000],
  ["Sat, 21 Nov 2026 10:00:30 GMT", 30_000],
  ["Sat, 21 Nov 2026 09:00:00 GMT", 0],
  ["-5", null],
  ["1.5", null],
  ["soon", null],
  ["", null],
  [null, null],
  [undefined, null],
])("reads %j as %j ms", (header, expected) => {
  expect(readRetryAfter(header, NOW)).toBe(expected);
});
