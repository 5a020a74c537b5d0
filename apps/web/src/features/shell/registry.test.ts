import { Inbox } from "lucide-react";
import { expect, it } from "vitest";
import { registerCommands, registerDestination, useDestinations, useGlobalCommands } from "./registry.ts";

const destination = (path: string, label: string | null, count?: number) =>
  registerDestination({
    path,
    icon: Inbox,
    read: () => (label === null ? null : { label, ...(count ? { count } : {}) }),
  });

it("lists destinations in order of registration, without those not offered, each path once", () => {
  destination("/first", "First", 3);
  destination("/hidden", null);
  destination("/second", "Old name");
  destination("/second", "Second");
  const shown = useDestinations().map(({ path, label, count }) => `${path} ${label} ${count}`);
  expect(shown).toEqual(["/first First 3", "/second Second 0"]);
});

it("lists the commands of every feature", () => {
  for (const id of ["one", "two"])
    registerCommands({ id, read: () => [{ id, label: id, group: "everywhere", run: () => {} }] });
  expect(useGlobalCommands().map(({ id }) => id)).toEqual(["one", "two"]);
});
