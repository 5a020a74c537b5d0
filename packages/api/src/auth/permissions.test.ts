import { describe, expect, it } from "vitest";
import { agentWith, keyWith, SYSTEM } from "../testing/factories.ts";
import { holdsPermission, holdsScope, nameOfStaff, requireHeld, requireStaff, rightsOf } from "./permissions.ts";
import type { Scope } from "./schema.ts";
import { scope } from "./schema.ts";

describe("holdsScope", () => {
  it.each<[Scope[], Scope, boolean]>([
    [["support:read"], "support:read", true],
    [["support:write"], "support:read", true],
    [["support:read"], "support:write", false],
    [["*"], "trading:write", true],
    [["*"], "*", true],
    [["support:write", "auth:write"], "*", false],
    [["chats:write"], "support:read", false],
    [[], "support:read", false],
  ])("%j holds %s: %s", (scopes, wanted, holds) => {
    expect(holdsScope(scopes, wanted)).toBe(holds);
  });
});

it.each(["support", "support:delete", "admin:read", "support:read ", "**", ""])("scope refuses %j", (text) => {
  expect(scope.safeParse(text).success).toBe(false);
});

it("requireStaff leaves accounts, keys and roles to Admins", () => {
  expect(requireStaff(agentWith("Admin"), "auth:write").kind).toBe("agent");
  expect(() => requireStaff(agentWith("Moderator"), "auth:read")).toThrow(
    "The role Moderator does not include auth:read",
  );
});

it("requireHeld grants only rights that the caller holds", () => {
  requireHeld(keyWith("*"), ["*", "auth:write"]);
  requireHeld(keyWith("auth:write", "support:write"), ["support:read", "auth:write"]);
  requireHeld(SYSTEM as { kind: "system" }, ["*"]);
  expect(() => requireHeld(keyWith("auth:write"), ["support:read"])).toThrow("You do not hold support:read yourself");
  expect(() => requireHeld(keyWith("auth:write", "support:write"), ["*"])).toThrow("every scope");
});

it("rightsOf gives the documented strings", () => {
  expect(rightsOf("Admin").permissions).toEqual(["all"]);
  expect(rightsOf("Moderator").permissions).toEqual(["mute", "warn"]);
  expect([...rightsOf("VIP").permissions, ...rightsOf("User").permissions]).toEqual([]);
  expect([...rightsOf("VIP").scopes, ...rightsOf("User").scopes]).toEqual([]);
});

it("holdsPermission lets all stand for every other", () => {
  expect([
    holdsPermission(["all"], "mute"),
    holdsPermission(["mute"], "mute"),
    holdsPermission(["mute"], "all"),
  ]).toEqual([true, true, false]);
});

it("nameOfStaff names agents, keys and Pult by their names", () => {
  const agent = agentWith("User");
  expect(nameOfStaff(agent)).toEqual({ id: agent.personId, name: "Olga" });
  expect(nameOfStaff(keyWith("*"))).toEqual({ id: null, name: "Shop server" });
  expect(nameOfStaff({ kind: "system" })).toEqual({ id: null, name: "Pult" });
});
