import { expect, it } from "vitest";
import { toDecimal } from "./use-amounts.ts";

it.each([
  ["12,50", "12.50"],
  ["+1 234.5", "1234.5"],
  ["−5", "-5"],
  ["1\u00a0000,25", "1000.25"],
])("reads %s as %s", (typed, decimal) => {
  expect(toDecimal(typed)).toBe(decimal);
});
