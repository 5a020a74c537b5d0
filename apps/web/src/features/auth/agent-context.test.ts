import { expect, it } from "vitest";
import { holdsScope } from "./agent-context.tsx";

it("takes write for read as well, and the star for everything", () => {
  expect(holdsScope(["auth:write"], "auth:read")).toBe(true);
  expect(holdsScope(["*"], "trading:write")).toBe(true);
});

it("takes read for nothing more, and no domain for another", () => {
  expect(holdsScope(["auth:read"], "auth:write")).toBe(false);
  expect(holdsScope(["support:write"], "auth:read")).toBe(false);
  expect(holdsScope([], "support:read")).toBe(false);
});
