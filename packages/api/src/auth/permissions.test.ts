import { describe, expect, it } from "vitest";
import { ANONYMOUS, keyWith, makeCustomer, SYSTEM } from "../testing/factories.ts";
import { holdsScope, nameOfStaff, permissionsOf, requireAdmin, requireStaff } from "./permissions.ts";
import type { Role, Scope } from "./schema.ts";
import { scope } from "./schema.ts";

const agentOf = (role: Role) =>
  ({
    kind: "agent",
    personId: "p",
    name: "Olga",
    email: "o@example.com",
    role,
    permissions: permissionsOf(role),
    sessionId: "s",
  }) as const;

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

describe("requireStaff", () => {
  it("lets agents of every role, Pult itself and keys with the scope pass", () => {
    for (const actor of [agentOf("User"), agentOf("Admin"), SYSTEM, keyWith("support:write")]) {
      expect(requireStaff(actor, "support:write")).toBe(actor);
    }
  });

  it("refuses nobody as UNAUTHORIZED, and customers and keys without the scope as FORBIDDEN", () => {
    expect(() => requireStaff(ANONYMOUS, "support:read")).toThrow(expect.objectContaining({ code: "UNAUTHORIZED" }));
    for (const actor of [makeCustomer(), keyWith("chats:write"), keyWith()]) {
      expect(() => requireStaff(actor, "support:read")).toThrow(expect.objectContaining({ code: "FORBIDDEN" }));
    }
  });
});

describe("requireAdmin", () => {
  it("lets an Admin and a key with every scope pass", () => {
    expect(requireAdmin(agentOf("Admin")).kind).toBe("agent");
    expect(requireAdmin(keyWith("*")).kind).toBe("apiKey");
  });

  it.each<Role>(["Moderator", "VIP", "User"])("refuses an agent with the role %s", (role) => {
    expect(() => requireAdmin(agentOf(role))).toThrow(expect.objectContaining({ code: "FORBIDDEN" }));
  });

  it("refuses a key with anything less than every scope", () => {
    const almost = keyWith("auth:write", "support:write", "chats:write", "notifications:write", "trading:write");
    expect(() => requireAdmin(almost)).toThrow(expect.objectContaining({ code: "FORBIDDEN" }));
  });
});

it("permissionsOf gives the documented strings", () => {
  expect(permissionsOf("Admin")).toEqual(["all"]);
  expect(permissionsOf("Moderator")).toEqual(["mute", "warn"]);
  expect([...permissionsOf("VIP"), ...permissionsOf("User")]).toEqual([]);
});

it("nameOfStaff names an agent by himself, a key by its name, Pult by its own", () => {
  expect(nameOfStaff(agentOf("User"))).toEqual({ id: "p", name: "Olga" });
  expect(nameOfStaff(keyWith("*"))).toEqual({ id: null, name: "Shop server" });
  expect(nameOfStaff({ kind: "system" })).toEqual({ id: null, name: "Pult" });
});
