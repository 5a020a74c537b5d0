import { expect, it } from "vitest";
import { initials } from "./avatar.tsx";

it.each([
  ["Demo customer 12", "12"],
  ["Anna Lind", "AL"],
  ["Анна (демо)", "АД"],
  ["борис", "Б"],
  ["  ", "?"],
  ["Order 12345", "O1"],
  ["𝒜da", "𝒜"],
])("initials(%j) is %j", (name, expected) => {
  expect(initials(name)).toBe(expected);
});
