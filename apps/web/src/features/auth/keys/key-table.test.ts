import { expect, it } from "vitest";
import { keyState } from "./key-table.tsx";

const NOW = Date.parse("2026-11-01T12:00:00Z");
const key = (expiresAt: string | null, revokedAt: string | null = null) => keyState({ expiresAt, revokedAt }, NOW);

it("warns two weeks before the end, counting a started day", () => {
  expect(key("2026-11-15T12:00:00Z")).toEqual({ state: "soon", daysLeft: 14 });
  expect(key("2026-11-01T13:00:00Z")).toEqual({ state: "soon", daysLeft: 1 });
  expect(key("2026-11-15T12:00:01Z")).toEqual({ state: "active" });
});

it("is over at its instant; revoked says more than expired", () => {
  expect(key("2026-11-01T12:00:00Z")).toEqual({ state: "expired" });
  expect(key("2026-10-01T12:00:00Z", "2026-09-01T12:00:00Z")).toEqual({ state: "revoked" });
  expect(key(null)).toEqual({ state: "active" });
});
