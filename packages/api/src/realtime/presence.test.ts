import { expect, it } from "vitest";
import { createMemoryPresence } from "./presence.ts";

it("createMemoryPresence counts connections: online from the first to the last, announced once each", () => {
  const presence = createMemoryPresence();
  const changes: string[] = [];
  presence.onChange((key) => changes.push(`${key} ${presence.isOnline(key)}`));
  const phone = presence.enter("app:anna");
  const laptop = presence.enter("app:anna");
  phone();
  phone();
  expect(presence.isOnline("app:anna")).toBe(true);
  laptop();
  expect(presence.isOnline("app:anna")).toBe(false);
  expect(changes).toEqual(["app:anna true", "app:anna false"]);
});

it("createMemoryPresence knows one key from another, and stops telling those who left", () => {
  const presence = createMemoryPresence();
  const changes: string[] = [];
  const stop = presence.onChange((key) => changes.push(key));
  presence.enter("app:anna");
  expect(presence.isOnline("telegram:anna")).toBe(false);
  stop();
  presence.enter("app:boris");
  expect(changes).toEqual(["app:anna"]);
});
