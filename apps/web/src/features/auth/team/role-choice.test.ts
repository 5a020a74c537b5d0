import { expect, it } from "vitest";
import { choiceOf, keyOfHolder, mayHandOut, roleKey } from "./role-choice.ts";

const ID = "6a7e3a52-6a50-4f0f-9d3b-0f8d3a1b2c4d";

it("tells documented roles from custom ones, also when a custom one has a documented name", () => {
  expect(choiceOf({ id: null, name: "Moderator" })).toEqual({ role: "Moderator" });
  expect(choiceOf({ id: ID, name: "Moderator" })).toEqual({ customRoleId: ID });
  expect(choiceOf(undefined)).toBeNull();
});

it("finds the entry of a member's role", () => {
  expect(keyOfHolder({ role: "User", customRoleId: ID })).toBe(roleKey({ id: ID, name: "Night shift" }));
  expect(keyOfHolder({ role: "VIP", customRoleId: null })).toBe(roleKey({ id: null, name: "VIP" }));
});

it("grants only held scopes", () => {
  expect(mayHandOut(["support:write"], { scopes: ["support:read"] })).toBe(true);
  expect(mayHandOut(["support:write"], { scopes: ["support:read", "auth:read"] })).toBe(false);
  expect(mayHandOut(["auth:write"], { scopes: ["*"] })).toBe(false);
});
