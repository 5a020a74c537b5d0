import { expect, it } from "vitest";
import { choicesOf, groupKinds, isShorter } from "./retention-choices.ts";

it("offers what was chosen in its place, and nothing below what a kind needs", () => {
  expect(choicesOf("telegramMessages", 45)).toEqual([7, 30, 45, 90, 180, 365, 730, 1_095, 1_825, null]);
  expect(choicesOf("auditLog", null)[0]).toBe(30);
});

it("asks before anything may be deleted", () => {
  expect([isShorter(30, null), isShorter(30, 90), isShorter(90, 90), isShorter(90, 30)]).toEqual([
    ...[true, true, false, false],
  ]);
});

it("shows a kind that no group names", () => {
  const groups = groupKinds(["auditLog", "newKind"]);
  expect(groups).toEqual([
    { group: "access", kinds: ["auditLog"] },
    { group: "delivery", kinds: ["newKind"] },
  ]);
});
